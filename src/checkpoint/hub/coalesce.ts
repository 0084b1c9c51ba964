import { joined } from "../disk/byte-ranges.js";
import type { ByteRange } from "../source.js";

/** Bounds of what may be read in vain to save a request. */
export interface GapBounds {
  /** Bytes between two ranges. */
  readonly gap: number;
  /** Bytes of all gaps together. */
  readonly waste: number;
}

/**
 * Ascending ranges that cover these, with the smallest gaps read along as far as the bounds allow: a request costs
 * more than some kilobytes do.
 */
export function coalesced(ranges: readonly ByteRange[], { gap, waste }: GapBounds): ByteRange[] {
  const runs = joined(ranges);
  const gaps = runs.slice(1).map(([begin], before) => ({ before, size: begin - runs[before]![1] }));
  let left = waste;
  const bridged = new Set<number>();
  for (const { before, size } of gaps.sort((a, b) => a.size - b.size)) {
    if (size > gap || size > left) break;
    left -= size;
    bridged.add(before);
  }
  return bridge(runs, bridged);
}

/** Cuts ranges so that none is longer than `most`: a broken connection costs one piece, and pieces travel side by side. */
export function cutUp(ranges: readonly ByteRange[], most: number): ByteRange[] {
  return ranges.flatMap(([begin, end]) => {
    const pieces = Math.ceil((end - begin) / most);
    return Array.from({ length: pieces }, (_, at): ByteRange => {
      const from = begin + at * most;
      return [from, Math.min(end, from + most)];
    });
  });
}

function bridge(runs: readonly ByteRange[], bridged: ReadonlySet<number>): ByteRange[] {
  const result: [number, number][] = [];
  for (const [at, [begin, end]] of runs.entries()) {
    const last = result.at(-1);
    if (last !== undefined && bridged.has(at - 1)) last[1] = end;
    else result.push([begin, end]);
  }
  return result;
}
