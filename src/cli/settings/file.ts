import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { usageRefusal } from "../../errors.js";
import type { Settings } from "./schema.js";

/** Settings, and the file that they came from. */
export interface SettingsFile {
  readonly path: string;
  readonly settings: Settings;
}

/** The name that is looked for in the working directory and those above it. */
export const SETTINGS_NAME = "kvscale.config.json";

/**
 * The settings of `named`, or of the nearest file upward; undefined where there is none. The search ends at the top of a
 * repository. Throws a usage Refusal that names file and key.
 */
export async function readSettings(
  named: string | undefined,
  from: string,
): Promise<SettingsFile | undefined> {
  const path = named ?? nearest(from);
  if (path === undefined) return undefined;
  const text = textOf(path);
  const { SETTINGS } = await import("./schema.js");
  const { success, data, error } = SETTINGS.safeParse(parsed(path, text));
  if (success) return { path, settings: data };
  const [first] = error.issues;
  const keys = first?.code === "unrecognized_keys" ? first.keys : [];
  const at = [...(first?.path ?? []), ...keys.slice(0, 1)].map(String).join(".");
  throw refused(
    path,
    keys.length > 0
      ? `the unknown key ${JSON.stringify(at)}`
      : `${JSON.stringify(at)}: ${lowered(first?.message)}`,
  );
}

function nearest(from: string): string | undefined {
  const folder = resolve(from);
  const path = join(folder, SETTINGS_NAME);
  if (existsSync(path)) return path;
  const up = dirname(folder);
  return up === folder || existsSync(join(folder, ".git")) ? undefined : nearest(up);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    const found = error instanceof Error && "code" in error ? String(error.code) : "none";
    throw refused(path, found === "ENOENT" ? "no such file" : `one that cannot be read (${found})`);
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(
      path,
      error instanceof Error ? `text that is no JSON: ${error.message}` : "text that is no JSON",
    );
  }
}

function lowered(message = "invalid"): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function refused(file: string, found: string) {
  return usageRefusal("settings", {
    file,
    expected: `settings of kvscale, as schemas/config.schema.json describes them`,
    found,
    remedy: "Mend the file, or name another one with --config.",
  });
}
