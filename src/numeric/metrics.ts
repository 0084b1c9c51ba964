/**
 * How far `actual` lies from `expected`. A NaN on either side makes every figure NaN, so that no
 * threshold is ever met by it.
 */
export interface Deviation {
  /** ‖actual − expected‖₂ / ‖expected‖₂. */
  readonly relativeL2: number;
  /** Signal to quantisation noise in decibels, −20·log10(relativeL2); Infinity when equal. */
  readonly sqnr: number;
  readonly maxAbs: number;
  /** Of the angle between the two as vectors; blind to a common factor. */
  readonly cosine: number;
}

/** Compares two arrays of one length in float64 with pairwise sums. Throws a RangeError on unequal lengths. */
export function deviation(expected: ArrayLike<number>, actual: ArrayLike<number>): Deviation {
  const count = sameLength(expected, actual);
  const noise = pairwiseSum(count, (i) => (actual[i]! - expected[i]!) ** 2);
  const signal = pairwiseSum(count, (i) => expected[i]! ** 2);
  const other = pairwiseSum(count, (i) => actual[i]! ** 2);
  const product = pairwiseSum(count, (i) => actual[i]! * expected[i]!);
  const relativeL2 = noise === 0 ? 0 : Math.sqrt(noise / signal);
  return {
    relativeL2,
    sqnr: decibels(relativeL2),
    maxAbs: largest(count, (i) => Math.abs(actual[i]! - expected[i]!)),
    cosine: signal === 0 && other === 0 ? 1 : ratio(product, Math.sqrt(signal * other)),
  };
}

/** Signal to noise ratio of a relative error, in dB. */
export function decibels(relativeL2: number): number {
  return -20 * Math.log10(relativeL2);
}

/** The largest absolute value; NaN when there is one, 0 for an empty array. */
export function amax(values: ArrayLike<number>): number {
  return largest(values.length, (i) => Math.abs(values[i]!));
}

/**
 * KL(P‖Q) in nats of two distributions given as natural logarithms, −Infinity where there is no mass.
 * Logarithms keep it finite where Q itself would underflow. Infinite where P has mass and Q has none. Never below 0,
 * as the sum's rounding would have it where both are nearly equal.
 */
export function divergence(logP: ArrayLike<number>, logQ: ArrayLike<number>): number {
  const sum = pairwiseSum(sameLength(logP, logQ), (i) => {
    const p = logP[i]!;
    return p === -Infinity ? 0 * Math.exp(logQ[i]!) : Math.exp(p) * (p - logQ[i]!);
  });
  return Math.max(0, sum);
}

/** Index of the largest value, the first of equals; −1 for an empty array or one with a NaN. */
export function argmax(values: ArrayLike<number>): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return -1;
    if (best < 0 || values[i]! > values[best]!) best = i;
  }
  return best;
}

/** Sum of `term(0) … term(count − 1)` by halving, so that the error grows with log(count). */
export function pairwiseSum(count: number, term: (i: number) => number, from = 0): number {
  if (count > LEAF) {
    const half = count >>> 1;
    return pairwiseSum(half, term, from) + pairwiseSum(count - half, term, from + half);
  }
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += term(i);
  return sum;
}

const LEAF = 64;

function sameLength(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`compared ${a.length} numbers with ${b.length}`);
  return a.length;
}

/** Zero over zero is an undefined cosine only when both are zero, which is decided before. */
function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function largest(count: number, term: (i: number) => number): number {
  let result = 0;
  for (let i = 0; i < count; i++) {
    const value = term(i);
    if (!(value <= result)) result = value;
    if (Number.isNaN(result)) return result;
  }
  return result;
}
