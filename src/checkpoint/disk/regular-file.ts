import type { Stats } from "node:fs";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dataRefusal, type Refusal } from "../../errors.js";
import { errnoOf, onDisk } from "./failure.js";

/** A file opened for reading, and what it was at that moment. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/**
 * Opens the regular file at the real path `path`; `shown` names it in messages. Never waits for the other end
 * of a FIFO. Throws a data Refusal for anything but a regular file. The caller closes the handle.
 */
export async function openRegularFile(path: string, shown: string): Promise<OpenFile> {
  const handle = await openWithoutWaiting(path, shown);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notAFile(shown, stats);
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The data Refusal for something that is neither a file nor a directory, or a directory in a file's place. */
export function notAFile(shown: string, stats: Stats): Refusal {
  const [what] = KINDS.find(([, is]) => is(stats)) ?? ["a special file"];
  return dataRefusal("not-a-file", {
    file: shown,
    expected: "a regular file",
    found: what,
    remedy: "Remove it from the checkpoint, or put the file itself in its place.",
  });
}

const KINDS: readonly (readonly [what: string, is: (stats: Stats) => boolean])[] = [
  ["a directory", (stats) => stats.isDirectory()],
  ["a named pipe (FIFO)", (stats) => stats.isFIFO()],
  ["a socket", (stats) => stats.isSocket()],
  ["a character device", (stats) => stats.isCharacterDevice()],
  ["a block device", (stats) => stats.isBlockDevice()],
];

async function openWithoutWaiting(path: string, shown: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  try {
    return await onDisk(shown, "a file that can be read", () => open(path, flags));
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (errnoOf(cause) !== "ENXIO") throw error;
    throw dataRefusal("not-a-file", {
      file: shown,
      expected: "a regular file",
      found: "a socket or a device",
      cause,
    });
  }
}
