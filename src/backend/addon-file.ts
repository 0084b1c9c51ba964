import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Addon } from "./addon.js";

/** Backends that are native addons. */
export type NativeName = "cpu" | "cuda";

/** The environment variable that names an addon file to use instead of the package's own, per backend. */
export const ADDON_VARIABLES = {
  cpu: "KVSCALE_CPU_ADDON",
  cuda: "KVSCALE_CUDA_ADDON",
} as const satisfies Record<NativeName, string>;

/** Where an addon lies, or one sentence on why there is none. */
export type AddonPlace = { readonly file: string } | { readonly missing: string };

/**
 * Looks for an addon: the file that the environment names, one that came with the package
 * (`prebuilds/<platform>-<arch>/`), one built in this clone (`native/build/Release/`).
 */
export function findAddon(name: NativeName, env: NodeJS.ProcessEnv = process.env): AddonPlace {
  const named = env[ADDON_VARIABLES[name]];
  if (named) {
    return existsSync(named)
      ? { file: named }
      : { missing: `${ADDON_VARIABLES[name]} names ${named}, which does not exist` };
  }
  const file = placesOf(name).find((place) => existsSync(place));
  return file === undefined ? { missing: REASONS[name] } : { file };
}

/** Loads an addon file into this process. Throws whatever the loader throws: a broken build must be seen. */
export function loadAddon(file: string): Addon {
  return createRequire(import.meta.url)(file) as Addon;
}

const REASONS: { readonly [name in NativeName]: string } = {
  cpu: "this installation has no native addon for this platform; in a clone, `npm run build:native` builds it",
  cuda: "this installation has no CUDA kernel",
};

function placesOf(name: NativeName): string[] {
  const root = new URL("../../", import.meta.url);
  const folders = [`prebuilds/${process.platform}-${process.arch}/`, "native/build/Release/"];
  return folders.map((folder) => fileURLToPath(new URL(`${folder}${name}.node`, root)));
}
