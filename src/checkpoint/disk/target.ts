import type { Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { type Refusal, usageRefusal } from "../../errors.js";
import { errnoOf, onDisk } from "./failure.js";
import { isWithin } from "./root.js";

/** What an output path holds before anything is written. */
export interface Standing {
  /** The directory that a forced run will replace, or the empty one that any run may. */
  readonly existing?: {
    readonly dev: number;
    readonly ino: number;
    readonly mode: number;
    readonly empty: boolean;
  };
}

/** The absolute path of an output with every existing part of it resolved; the rest need not exist yet. */
export async function realTarget(path: string): Promise<string> {
  const absolute = resolve(path);
  const parent = dirname(absolute);
  if (parent === absolute) throw notReplaceable(path, "the root directory");
  try {
    return join(await realpath(parent), basename(absolute));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return join(await realTarget(parent), basename(absolute));
    return onDisk(path, "an output in a directory", () => Promise.reject(error));
  }
}

/**
 * Looks at an output path (real; `shown` to the user). Throws a usage Refusal when something is there that may not
 * be replaced: a file, a link, a full directory without `force`, and with it anything that is not a checkpoint.
 */
export async function examineTarget(path: string, shown: string, force: boolean): Promise<Standing> {
  const stats = await statsAt(path, shown);
  if (stats === undefined) return {};
  if (!stats.isDirectory()) throw occupied(shown, stats.isSymbolicLink() ? "a symbolic link" : "a file");
  await refuseMountPoint(path, shown, stats);
  const names = await onDisk(shown, "a directory that can be listed", () => readdir(path));
  const empty = names.length === 0;
  if (!empty && !force) throw occupied(shown, "a directory with files in it");
  if (!empty) await checkReplaceable(path, shown, names);
  return { existing: { dev: stats.dev, ino: stats.ino, mode: stats.mode & 0o7777, empty } };
}

/** What is at a path, links not followed; nothing where nothing is. Throws an environment Refusal otherwise. */
export async function statsAt(path: string, shown: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    return onDisk(shown, "an output path that can be looked at", () => Promise.reject(error));
  }
}

/** The usage Refusal for an output path that is taken. */
export function occupied(file: string, found: string): Refusal {
  return usageRefusal("target-exists", {
    file,
    expected: "an output path where nothing is yet, or an empty directory",
    found,
    remedy: "Choose another path, or pass `--force` to replace a whole output directory.",
  });
}

/** `--force` replaces a directory with all that is in it, so it must be one that a slip of the hand cannot name. */
async function checkReplaceable(path: string, shown: string, names: readonly string[]): Promise<void> {
  if (isWithin(path, await realpath(process.cwd())))
    throw notReplaceable(shown, "the working directory or one above");
  if (isWithin(path, homedir())) throw notReplaceable(shown, "the home directory or one above");
  if (names.includes(".git")) throw notReplaceable(shown, "a repository (`.git`)");
  if (names.some((name) => name === "config.json" || /\.safetensors(\.index\.json)?$/.test(name))) return;
  throw notReplaceable(shown, "a directory that is no checkpoint");
}

async function refuseMountPoint(path: string, shown: string, stats: Stats): Promise<void> {
  const parent = await onDisk(shown, "an output in a directory", () => stat(dirname(path)));
  if (parent.dev !== stats.dev) throw notReplaceable(shown, "a mount point, which cannot be renamed");
}

function notReplaceable(file: string, found: string): Refusal {
  return usageRefusal("target-not-replaceable", {
    file,
    expected: "a new path, an empty directory or an earlier output",
    found,
    remedy: "Choose a path inside it.",
  });
}
