import { rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Io } from "../../events.js";
import { syncDirectory } from "./durable.js";
import { errnoOf, onDisk } from "./failure.js";
import { removeLeftover } from "./leftovers.js";
import { occupied, type Standing } from "./target.js";

/** A finished result beside its final place. All are real paths on one file system. */
export interface Finished {
  readonly staging: string;
  readonly target: string;
  /** Where the old result waits while it is replaced. */
  readonly backup: string;
  readonly standing: Standing;
  readonly shown: string;
  readonly sync: boolean;
}

/**
 * Makes a finished result visible at its final place, by one rename. Throws a usage Refusal when another process
 * was first. Replacing takes two renames, since Node cannot exchange two names at once: a crash between them leaves
 * the old result whole under the backup's name, and the next run puts it back.
 */
export async function publish(finished: Finished, io: Io): Promise<void> {
  const { target, standing, shown, sync } = finished;
  const replaces = standing.existing !== undefined && !standing.existing.empty;
  await (replaces ? replace(finished) : appear(finished));
  if (sync) await onDisk(shown, "a directory that can be synced", () => syncDirectory(dirname(target)));
  if (replaces) await discard(finished, io);
}

async function appear({ staging, target, shown }: Finished): Promise<void> {
  try {
    await rename(staging, target);
  } catch (error) {
    const reason = errnoOf(error) ?? "";
    if (["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(reason)) throw overtaken(shown);
    await onDisk(shown, "an output that can be renamed into place", () => Promise.reject(error));
  }
}

async function replace(finished: Finished): Promise<void> {
  const { target, backup } = finished;
  await moveAway(finished);
  try {
    await expectSame(finished);
    await appear(finished);
  } catch (error) {
    await rename(backup, target).catch(() => {});
    throw error;
  }
}

/** Where the old result has gone already, another run is between its own two renames. */
async function moveAway({ target, backup, shown }: Finished): Promise<void> {
  try {
    await rename(target, backup);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") throw overtaken(shown);
    await onDisk(shown, "an output that can be replaced", () => Promise.reject(error));
  }
}

/** What was moved away must be what the user saw when the command began, not another run's new result. */
async function expectSame({ backup, standing, shown }: Finished): Promise<void> {
  const { dev, ino } = await stat(backup);
  if (dev !== standing.existing?.dev || ino !== standing.existing.ino) throw overtaken(shown);
}

async function discard({ backup, shown }: Finished, io: Io): Promise<void> {
  try {
    await removeLeftover(backup);
  } catch {
    io.emit({
      type: "warning",
      code: "old-output-left",
      message: `the former ${shown} is still at ${backup}`,
    });
  }
}

function overtaken(shown: string) {
  return occupied(shown, "an output that another process made meanwhile");
}
