import { open } from "node:fs/promises";
import { dataRefusal } from "../../errors.js";
import { writeAll } from "./durable.js";
import { onDisk } from "./failure.js";

/** How a new file is made. */
export interface NewFile {
  /** Where; nothing may be there yet, not even a link. */
  readonly to: string;
  /** How it is called in messages. */
  readonly shown: string;
  /** Bytes it must have in the end. */
  readonly size: number;
  /** Permission bits before the process's mask; the owner may always write. */
  readonly mode: number;
  /** Wait until the disk has it. */
  readonly sync: boolean;
}

/**
 * Writes a file that did not exist, chunk by chunk; `tell` hears the bytes written so far. Throws an environment
 * Refusal when the disk fails and a data Refusal when the chunks are not `size` bytes in all.
 */
export async function writeNewFile(
  file: NewFile,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  tell: (bytes: number) => void = () => {},
): Promise<void> {
  const { to, shown, size, mode, sync } = file;
  const handle = await onDisk(shown, WRITABLE, () => open(to, "wx", mode | OWNER_WRITES));
  try {
    let done = 0;
    for await (const chunk of chunks) {
      await onDisk(shown, WRITABLE, () => writeAll(handle, chunk));
      done += chunk.length;
      tell(done);
    }
    if (done !== size) throw wrongSize(shown, size, done);
    if (sync) await onDisk(shown, WRITABLE, () => handle.sync());
  } finally {
    await handle.close();
  }
}

const WRITABLE = "a file that can be written";
const OWNER_WRITES = 0o200;

function wrongSize(file: string, size: number, done: number) {
  return dataRefusal("wrong-size", { file, expected: `${size} bytes in all`, found: `${done}` });
}
