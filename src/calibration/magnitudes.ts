import { FP8_FORMATS, type Fp8Format, QUOTIENT_ROOM } from "../numeric/fp8.js";

/**
 * How large the values of one head are: the largest, and how many lie in each of 4096 classes, sixteen an octave.
 * Counts are whole numbers and maxima do not depend on an order, so that parts add up to exactly what one run finds.
 */
export interface Magnitudes {
  amax: number;
  /** Values that are NaN or infinite; they count nowhere else. */
  notFinite: number;
  /** [CLASSES]: class c holds float32 magnitudes with the upper 12 bits c, sign excluded. */
  readonly counts: Float64Array;
}

/** How many classes there are. */
export const CLASSES = 4096;

/** No value yet. */
export function noMagnitudes(): Magnitudes {
  return { amax: 0, notFinite: 0, counts: new Float64Array(CLASSES) };
}

/** Takes values [rows, heads, size] up into `heads`, one a head. */
export function countMagnitudes(heads: readonly Magnitudes[], values: Float32Array, size: number): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let begin = 0; begin < bits.length; begin += size) {
    countRow(heads[(begin / size) % heads.length]!, bits.subarray(begin, begin + size));
  }
}

/** Both together, as if one had seen all. */
export function addMagnitudes(a: Magnitudes, b: Magnitudes): Magnitudes {
  return {
    amax: Math.max(a.amax, b.amax),
    notFinite: a.notFinite + b.notFinite,
    counts: a.counts.map((count, at) => count + b.counts[at]!),
  };
}

/**
 * The magnitude that `share` of the values do not exceed: exact to the class, even within it, and never above
 * the largest value.
 */
export function quantile({ counts, amax }: Magnitudes, share: number): number {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && seen + count >= wanted) {
      const [low, high] = [edge(at), edge(at + 1)];
      return Math.min(amax, low + ((wanted - seen) / count) * (high - low));
    }
    seen += count;
  }
  return amax;
}

/**
 * How many values lie beyond the largest code at a scale, as if even within each class. None does at the scale that
 * puts the largest value on that code, though rounding it to float32 may leave the value a millionth beyond.
 */
export function saturated({ counts, amax }: Magnitudes, scale: number, format: Fp8Format): number {
  const { largest } = FP8_FORMATS[format];
  const limit = scale * largest * (1 + QUOTIENT_ROOM);
  if (amax <= limit) return 0;
  let beyond = 0;
  for (const [at, count] of counts.entries()) {
    if (count === 0) continue;
    const [low, high] = [edge(at), Math.min(edge(at + 1), amax)];
    if (low >= limit) beyond += count;
    else if (high > limit) beyond += count * ((high - limit) / (high - low));
  }
  return beyond;
}

const SHIFT = 19;
const MAGNITUDE = 0x7fffffff;
/** Bits of infinity; above them lie the NaN. */
const INFINITE = 0x7f800000;

function countRow(head: Magnitudes, bits: Uint32Array): void {
  let largest = 0;
  for (const word of bits) {
    const magnitude = word & MAGNITUDE;
    if (magnitude >= INFINITE) {
      head.notFinite++;
      continue;
    }
    head.counts[magnitude >>> SHIFT]!++;
    if (magnitude > largest) largest = magnitude;
  }
  head.amax = Math.max(head.amax, numberOf(largest));
}

/** The smallest magnitude of a class. */
function edge(at: number): number {
  return numberOf(at << SHIFT);
}

const view = new DataView(new ArrayBuffer(4));

/** The float32 of these bits: they order as the magnitudes do. */
function numberOf(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}
