import { statfs } from "node:fs/promises";
import { environmentRefusal } from "../../errors.js";
import { onDisk } from "./failure.js";

/**
 * Throws an environment Refusal unless the file system of `folder` has `bytes` free for this user. File systems
 * that report no size at all (some network ones) are believed to have room.
 */
export async function checkRoom(folder: string, bytes: number, shown: string): Promise<void> {
  const { bavail, bsize, blocks } = await onDisk(shown, "a file system that tells its size", () =>
    statfs(folder),
  );
  const free = bavail * bsize;
  if (blocks === 0 || bytes <= free) return;
  throw environmentRefusal("no-space", {
    file: shown,
    expected: `${megabytes(bytes)} free on its disk for what is to be written`,
    found: megabytes(free),
    remedy:
      "Free some space, choose an output on another disk, or share the base's files with `--link hardlink`.",
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 3 : 0)} MB`;
}
