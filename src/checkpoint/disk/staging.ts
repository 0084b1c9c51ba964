import { chmod, mkdir, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "./durable.js";
import { errnoOf, onDisk } from "./failure.js";
import { leftoverNames } from "./staging-name.js";
import type { Standing } from "./target.js";

/** The hidden directory beside an output in which it is built, on the same file system. */
export interface Staging {
  readonly path: string;
  /** Where the old result will wait while it is replaced; nothing is there now. */
  readonly backup: string;
  /** Folders above the output that did not exist, deepest first. */
  readonly parents: readonly string[];
}

/** Makes the staging directory for the output at the real path `target`, and the folders above it. */
export async function makeStaging(target: string, standing: Standing, shown: string): Promise<Staging> {
  const parent = dirname(target);
  const names = leftoverNames(basename(target));
  const expected = "a place where a directory can be made";
  const first = await onDisk(shown, expected, () => mkdir(parent, { recursive: true }));
  const [path, backup] = [join(parent, names.staging), join(parent, names.backup)];
  const staging: Staging = { path, backup, parents: foldersBetween(first, parent) };
  try {
    await onDisk(shown, expected, () => makeFolder(path, standing.existing?.mode));
    return staging;
  } catch (error) {
    await removeParents(staging);
    throw error;
  }
}

/** Removes the staging directory, and the folders made for it while they are empty. */
export async function removeStaging(staging: Staging): Promise<void> {
  await rm(staging.path, { recursive: true, force: true });
  await removeParents(staging);
}

async function removeParents({ parents }: Staging): Promise<void> {
  for (const parent of parents) {
    try {
      await rmdir(parent);
    } catch (error) {
      if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errnoOf(error) ?? "")) return;
      throw error;
    }
  }
}

/** Waits until the disk has the names of the folders that were made above the output. */
export async function syncParents({ parents }: Staging): Promise<void> {
  for (const parent of parents) await syncDirectory(dirname(parent));
}

function foldersBetween(first: string | undefined, last: string): string[] {
  if (first === undefined) return [];
  return last.length <= first.length ? [last] : [last, ...foldersBetween(first, dirname(last))];
}

/** With the permissions of the directory that it will replace, plus those needed to fill it. */
async function makeFolder(path: string, mode: number | undefined): Promise<void> {
  await mkdir(path);
  if (mode !== undefined) await chmod(path, mode | 0o700);
}
