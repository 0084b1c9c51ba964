import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Io } from "../../events.js";
import { syncDirectory } from "./durable.js";
import { errnoOf } from "./failure.js";
import { isAbandoned, type Leftover, parseLeftover } from "./staging-name.js";

/**
 * Tidies what interrupted runs left beside the output `target` (its real path). A replaced result whose
 * replacement never arrived is put back; everything else of dead processes is removed. Runs that live, or that
 * belong to other machines, are left alone.
 */
export async function recoverLeftovers(target: string, io: Pick<Io, "emit">): Promise<void> {
  const abandoned = (await leftoversOf(target)).filter(isAbandoned);
  const undecided = new Set<string>();
  for (const { path, kind, run } of abandoned) {
    const unfinished = abandoned.some((other) => other.run === run && other.kind === "staging");
    if (kind === "backup" && !(await settle(path, target, unfinished, io))) undecided.add(run);
  }
  for (const { path, run } of abandoned) {
    if (!undecided.has(run)) await removeLeftover(path);
  }
}

/**
 * Removes a hidden sibling. An old result loses its backup's name first, so that one that is only half removed when
 * the power goes is never taken for a whole one.
 */
export async function removeLeftover(path: string): Promise<void> {
  const doomed = path.replace(/-old$/, "");
  if (doomed !== path) await rename(path, doomed).catch(ignoreMissing);
  await rm(doomed, { recursive: true, force: true });
}

/** The complete old result that a replacement of `target` left behind when it was cut off half way. */
export async function waitingBackup(target: string): Promise<string | undefined> {
  const found = await leftoversOf(resolve(target));
  return found.find((leftover) => leftover.kind === "backup" && isAbandoned(leftover))?.path;
}

interface FoundLeftover extends Leftover {
  readonly path: string;
}

async function leftoversOf(target: string): Promise<FoundLeftover[]> {
  const parent = dirname(target);
  const names = await readdir(parent).catch(() => []);
  const parsed = names.map((name) => ({ path: join(parent, name), leftover: parseLeftover(name) }));
  return parsed.flatMap(({ path, leftover }) =>
    leftover?.target === basename(target) ? [{ path, ...leftover }] : [],
  );
}

/**
 * Decides what an old result is worth, before anything is removed. While the result that was to replace it is
 * still beside it, it is the only whole one; it goes back unless something new has taken its place.
 */
async function settle(
  backup: string,
  target: string,
  unfinished: boolean,
  io: Pick<Io, "emit">,
): Promise<boolean> {
  if (await isOccupied(target)) {
    if (unfinished)
      io.emit({ type: "note", message: `an interrupted run left the former ${target} at ${backup}` });
    return !unfinished;
  }
  await rename(backup, target);
  await syncDirectory(dirname(target));
  io.emit({ type: "note", message: `put back ${target}, which an interrupted run had moved away` });
  return true;
}

/** An empty directory does not count: the old result is renamed over it. */
async function isOccupied(path: string): Promise<boolean> {
  return readdir(path).then(
    (names) => names.length > 0,
    (error) => errnoOf(error) !== "ENOENT",
  );
}

function ignoreMissing(error: unknown): void {
  if (errnoOf(error) !== "ENOENT") throw error;
}
