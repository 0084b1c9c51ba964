import { link, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { usageRefusal } from "../errors.js";
import { syncDirectory } from "./disk/durable.js";
import { errnoOf, onDisk } from "./disk/failure.js";
import { recoverLeftovers } from "./disk/leftovers.js";
import { writeNewFile } from "./disk/new-file.js";
import { checkApart } from "./disk/overlap.js";
import { leftoverNames } from "./disk/staging-name.js";
import { realTarget, statsAt } from "./disk/target.js";
import { type CheckpointSource, rootsOf } from "./source.js";

/** How a single output file is written. */
export interface FileOptions {
  /** Replaces a file that is there. */
  readonly force: boolean;
  /** What it was made from; a file of these is never replaced. */
  readonly sources?: readonly CheckpointSource[];
}

/**
 * Writes one file that appears whole or not at all: a hidden sibling first, synced, then given its name. Throws a
 * usage Refusal when something is there, without `force`, and an environment Refusal when the disk fails.
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array,
  { force, sources = [] }: FileOptions,
): Promise<void> {
  const target = await realTarget(path);
  await examine(target, path, force, sources);
  await onDisk(path, "a directory that can be tidied", () => recoverLeftovers(target, SILENT));
  const scratch = join(dirname(target), leftoverNames(basename(target)).staging);
  try {
    await writeNewFile({ to: scratch, shown: path, size: bytes.length, mode: 0o666, sync: true }, [bytes]);
    await onDisk(path, "a file that can be given its name", () =>
      (force ? rename : nameOnce)(scratch, target),
    );
    await onDisk(path, "a directory that can be synced", () => syncDirectory(dirname(target)));
  } finally {
    await rm(scratch, { force: true });
  }
}

/** Throws what `writeFileAtomically` would throw for the place as it is now; for work that takes long before. */
export async function checkOutputFile(path: string, { force, sources = [] }: FileOptions): Promise<void> {
  await examine(await realTarget(path), path, force, sources);
}

/** Single files have no replaced predecessor, so tidying up has nothing to tell. */
const SILENT = { emit: () => {} };

async function examine(
  target: string,
  shown: string,
  force: boolean,
  sources: readonly CheckpointSource[],
): Promise<void> {
  const stats = await statsAt(target, shown);
  if (stats === undefined) return;
  const replaceable = stats.isFile() || stats.isSymbolicLink();
  if (!replaceable)
    throw inTheWay(shown, stats.isDirectory() ? "a directory" : "a special file", "Name a file.");
  if (!force) throw inTheWay(shown, "a file", "Choose another path, or pass `--force` to replace it.");
  await checkApart(target, rootsOf(sources), shown);
}

/** Gives the name only if it is free: a link fails where a rename would replace what came in between. */
async function nameOnce(scratch: string, target: string): Promise<void> {
  try {
    await link(scratch, target);
  } catch (error) {
    if (!LINKLESS.has(errnoOf(error) ?? "")) throw error;
    await rename(scratch, target);
  }
}

/** What file systems without hard links answer. */
const LINKLESS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

function inTheWay(file: string, found: string, remedy: string) {
  return usageRefusal("file-exists", {
    file,
    expected: "an output path where nothing is yet",
    found,
    remedy,
  });
}
