import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "./failure.js";

/**
 * Waits until the names in a directory are on the disk: a rename alone may be lost with the power. Some network
 * file systems cannot do this for directories and say so; there is nothing more to wait for then.
 */
export async function syncDirectory(path: string): Promise<void> {
  try {
    await syncFile(path);
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(errnoOf(error) ?? "")) throw error;
  }
}

/** Waits until a file's bytes are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `syncDirectory` for a directory and all below it, deepest first. */
export async function syncFolders(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await syncFolders(join(path, entry.name));
  await syncDirectory(path);
}

/** Writes all of `bytes`, at the handle's position or where `at` says; one call of the system may write less. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, at?: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const place = at === undefined ? null : at + done;
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, place);
    done += bytesWritten;
  }
}
