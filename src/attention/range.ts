import { FP8_FORMATS, type Fp8Format, QUOTIENT_ROOM } from "../numeric/fp8.js";
import { amax } from "../numeric/metrics.js";
import { isDivisor } from "./problem.js";

/** How a tensor uses the range of its FP8 format at its scale. */
export interface RangeUse {
  /** Largest magnitude of the original values; NaN when there is one. */
  readonly amax: number;
  /** Share of values beyond the largest code, which saturate, by more than a rounded scale explains. A NaN counts. */
  readonly clipRate: number;
  /** Share of non-zero values below the smallest normal number, where precision ends and then everything. */
  readonly subnormalRate: number;
  /** scale · largest / amax: below 1 something clips; far above 1 the range is wasted. */
  readonly headRoom: number;
}

/**
 * Counts over `values`, [rows, heads, size], at one scale or one per head. The division is done in
 * float32, as the writer does it. `head` restricts the count to one head.
 */
export function rangeOf(
  values: Float32Array,
  scales: Float32Array,
  format: Fp8Format,
  shape: { readonly heads: number; readonly size: number },
  head?: number,
): RangeUse {
  const counts = { seen: 0, nonZero: 0, clipped: 0, subnormal: 0, amax: 0, headRoom: Infinity };
  const heads = head === undefined ? Array.from({ length: shape.heads }, (_, index) => index) : [head];
  for (const index of heads) {
    countHead(values, scales[scales.length === 1 ? 0 : index]!, FP8_FORMATS[format], shape, index, counts);
  }
  return {
    amax: counts.amax,
    clipRate: share(counts.clipped, counts.seen),
    subnormalRate: share(counts.subnormal, counts.nonZero),
    headRoom: counts.headRoom,
  };
}

/** Per head or for all: the scale that puts amax on the largest code; 1 where no scale can (zeros, NaN). */
export function idealScales(
  values: Float32Array,
  format: Fp8Format,
  shape: { readonly heads: number; readonly size: number },
  per: "tensor" | "head",
): Float32Array {
  const { largest } = FP8_FORMATS[format];
  const scaleFor = (peak: number) => {
    const scale = Math.fround(peak / largest);
    return isDivisor(scale) ? scale : 1;
  };
  if (per === "tensor") return Float32Array.of(scaleFor(amax(values)));
  return Float32Array.from({ length: shape.heads }, (_, head) => scaleFor(amaxOfHead(values, shape, head)));
}

/** Largest magnitude of one head. */
export function amaxOfHead(
  values: Float32Array,
  { heads, size }: { readonly heads: number; readonly size: number },
  head: number,
): number {
  let peak = 0;
  for (let at = head * size; at < values.length; at += heads * size) {
    const row = amax(values.subarray(at, at + size));
    if (!(row <= peak)) peak = row;
    if (Number.isNaN(peak)) return peak;
  }
  return peak;
}

interface Counts {
  seen: number;
  nonZero: number;
  clipped: number;
  subnormal: number;
  amax: number;
  headRoom: number;
}

function countHead(
  values: Float32Array,
  scale: number,
  format: { readonly largest: number; readonly smallestNormal: number },
  shape: { readonly heads: number; readonly size: number },
  head: number,
  counts: Counts,
): void {
  const limit = format.largest * (1 + QUOTIENT_ROOM);
  for (let at = head * shape.size; at < values.length; at += shape.heads * shape.size) {
    for (let i = at; i < at + shape.size; i++) {
      const magnitude = Math.abs(Math.fround(values[i]! / scale));
      counts.seen++;
      if (magnitude !== 0) counts.nonZero++;
      // Written so that NaN counts as clipped.
      if (!(magnitude <= limit)) counts.clipped++;
      else if (magnitude !== 0 && magnitude < format.smallestNormal) counts.subnormal++;
    }
  }
  const peak = amaxOfHead(values, shape, head);
  counts.amax = Math.max(counts.amax, peak);
  counts.headRoom = Math.min(counts.headRoom, (scale * format.largest) / peak);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
