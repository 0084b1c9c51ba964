import type { FileHandle } from "node:fs/promises";
import { dataRefusal } from "../../errors.js";
import type { ByteRange } from "../source.js";
import { onDisk } from "./failure.js";

/**
 * Reads exactly the bytes of each range, in the order asked. Ranges that touch or overlap are read together; a
 * gap is never read. Throws a data Refusal when the file ends too early.
 */
export async function readRanges(
  handle: FileHandle,
  ranges: readonly ByteRange[],
  shown: string,
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const spans: Span[] = [];
  for (const span of joined(ranges)) {
    signal.throwIfAborted();
    spans.push({ begin: span[0], bytes: await readSpan(handle, span, shown) });
  }
  return ranges.map((range) => cut(spans, range));
}

/** The ranges as few ascending ones with gaps between them, covering the same bytes. Empty ranges vanish. */
export function joined(ranges: readonly ByteRange[]): ByteRange[] {
  const runs: [number, number][] = [];
  const filled = ranges.filter(([begin, end]) => end > begin).sort((a, b) => a[0] - b[0]);
  for (const [begin, end] of filled) {
    const last = runs.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else runs.push([begin, end]);
  }
  return runs;
}

/** Throws a data Refusal for a range beyond the end of a file of `size` bytes; a nonsensical range is our bug. */
export function checkRanges(ranges: readonly ByteRange[], size: number, shown: string): void {
  for (const [begin, end] of ranges) {
    if (!(Number.isSafeInteger(begin) && Number.isSafeInteger(end) && 0 <= begin && begin <= end)) {
      throw new RangeError(`byte range ${begin}..${end} of ${shown}`);
    }
    if (end > size) throw tooShort(shown, [begin, end], size);
  }
}

interface Span {
  readonly begin: number;
  readonly bytes: Uint8Array;
}

/** One system call reads at most 2 GiB on Linux; asking for less keeps the loop below the only rule. */
const MOST_AT_ONCE = 1 << 30;

async function readSpan(handle: FileHandle, [begin, end]: ByteRange, shown: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(end - begin).buffer);
  let done = 0;
  while (done < bytes.length) {
    const wanted = Math.min(bytes.length - done, MOST_AT_ONCE);
    const { bytesRead } = await onDisk(shown, "a file that can be read", () =>
      handle.read(bytes, done, wanted, begin + done),
    );
    if (bytesRead === 0) throw tooShort(shown, [begin, end], begin + done);
    done += bytesRead;
  }
  return bytes;
}

function cut(spans: readonly Span[], [begin, end]: ByteRange): Uint8Array {
  if (begin === end) return new Uint8Array(0);
  const span = spans.findLast((candidate) => candidate.begin <= begin)!;
  return span.bytes.subarray(begin - span.begin, end - span.begin);
}

function tooShort(file: string, range: ByteRange, size: number) {
  return dataRefusal("file-too-short", {
    file,
    range: [range[0], range[1]],
    expected: "a file that holds these bytes",
    found: `one of ${size} bytes`,
    remedy: "The file is incomplete or has changed: download or copy it again.",
  });
}
