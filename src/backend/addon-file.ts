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
 * Looks for an addon: the file that the environment names, one built here (`native/build/Release/`), one that came with
 * the package (`prebuilds/<platform>-<arch>/`, on Linux with the C library after it). An own build goes first: somebody
 * made it for this machine.
 */
export function findAddon(name: NativeName, env: NodeJS.ProcessEnv = process.env): AddonPlace {
  const named = env[ADDON_VARIABLES[name]];
  if (named) {
    return existsSync(named)
      ? { file: named }
      : { missing: `${ADDON_VARIABLES[name]} names ${named}, which does not exist` };
  }
  const platform = platformName();
  const places = ["native/build/Release", `prebuilds/${platform}`];
  const file = places.map((folder) => inPackage(`${folder}/${name}.node`)).find((place) => existsSync(place));
  return file === undefined ? { missing: REASONS[name](platform) } : { file };
}

/** Loads an addon file into this process. Throws whatever the loader throws: a broken build must be seen. */
export function loadAddon(file: string): Addon {
  return createRequire(import.meta.url)(file) as Addon;
}

const REASONS: { readonly [name in NativeName]: (platform: string) => string } = {
  cpu: (platform) =>
    `this installation has no native addon for ${platform}; \`node ${inPackage("native/build.mjs")}\` builds it, or says what is missing`,
  cuda: () => "this installation has no CUDA kernel",
};

function inPackage(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** An addon for glibc does not load under musl, and the other way round; elsewhere there is one C library. */
function platformName(): string {
  const platform = `${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${platform}-${linuxLibrary()}` : platform;
}

function linuxLibrary(): "glibc" | "musl" {
  const { header } = withoutNetwork(() => process.report.getReport()) as { header?: Header };
  return header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

interface Header {
  /** Only where glibc runs (Node's report.md). */
  readonly glibcVersionRuntime?: string;
}

/** A report names the peers of open sockets, which may wait for a name server. */
function withoutNetwork<T>(work: () => T): T {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true;
  try {
    return work();
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}
