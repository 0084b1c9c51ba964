import type { ByteRange } from "../source.js";

/** Bytes of a file that are held in memory, by where they stand in it. Spans may overlap. */
export class Spans {
  readonly #held: { readonly begin: number; readonly end: number; readonly bytes: Uint8Array }[] = [];

  add(begin: number, bytes: Uint8Array): void {
    this.#held.push({ begin, end: begin + bytes.length, bytes });
  }

  /** These and the others together. */
  and(others: Spans): Spans {
    const all = new Spans();
    all.#held.push(...this.#held, ...others.#held);
    return all;
  }

  /** The parts of a range that are not held, ascending. */
  missing(range: ByteRange): ByteRange[] {
    let left: ByteRange[] = range[0] < range[1] ? [range] : [];
    for (const { begin, end } of this.#held) left = left.flatMap((part) => without(part, begin, end));
    return left;
  }

  /** A copy of the bytes of a range of which nothing is missing. */
  bytes([begin, end]: ByteRange): Uint8Array {
    const whole = this.#held.find((span) => span.begin <= begin && end <= span.end);
    if (whole !== undefined) return whole.bytes.slice(begin - whole.begin, end - whole.begin);
    const bytes = new Uint8Array(end - begin);
    for (const span of this.#held) {
      const [from, to] = [Math.max(begin, span.begin), Math.min(end, span.end)];
      if (from < to) bytes.set(span.bytes.subarray(from - span.begin, to - span.begin), from - begin);
    }
    return bytes;
  }
}

function without([begin, end]: ByteRange, heldBegin: number, heldEnd: number): ByteRange[] {
  if (heldEnd <= begin || end <= heldBegin) return [[begin, end]];
  const parts: ByteRange[] = [
    [begin, heldBegin],
    [heldEnd, end],
  ];
  return parts.filter(([from, to]) => from < to);
}
