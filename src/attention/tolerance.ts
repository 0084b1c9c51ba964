import { amax, type Deviation, deviation, pairwiseSum } from "../numeric/metrics.js";
import type { Attention } from "./problem.js";

/** How a kernel computes its products, and so how close to float64 it must come. */
export type Arithmetic = "float32" | "bfloat16-dot";

/** What a kernel's result is held to. Shares that grow with `reach` are marked; see `reachOf`. */
export interface Tolerance {
  /** ‖error‖₂ / ‖expected‖₂ at a context of so many keys; grows with reach. */
  readonly relativeL2: (keys: number) => number;
  /** Each element's error is at most this (growing with reach) … */
  readonly absolute: (bounds: KernelBounds) => number;
  /** … or at most this share of the element itself. */
  readonly relative: number;
  /** 1 − cosine; grows with reach. */
  readonly angle: number;
  /** Error of the softmax denominator's logarithm; grows with reach. */
  readonly lse: (bounds: KernelBounds) => number;
}

/** What the size of rounding errors depends on. */
export interface KernelBounds {
  /** Longest context. */
  readonly keys: number;
  /** Largest magnitude and root mean square of the values in the cache. */
  readonly peak: number;
  readonly rms: number;
  /** Whether BF16 holds each number of the query, as it does for the activations of a BF16 model. */
  readonly halfQuery: boolean;
}

/** A kernel's result beside the exact one: how far off, and whether that is within the tolerance. */
export interface KernelCheck extends Deviation {
  readonly lse: number;
  readonly holds: boolean;
}

/**
 * The bars of the two arithmetics. float32: rounding errors of a sum grow with its square root.
 * bfloat16-dot, where queries and weights are rounded to 8 bits: FlashMLA tests/lib.py @9241ae3, whose
 * absolute 1e-3 is for values with a root mean square of 0.1; a query that BF16 cannot hold shifts logits.
 */
export const TOLERANCES: { readonly [arithmetic in Arithmetic]: Tolerance } = {
  float32: {
    relativeL2: (keys) => 2e-6 * Math.sqrt(Math.max(keys, 1024) / 1024),
    absolute: ({ peak }) => 1e-5 * peak,
    relative: 0,
    angle: 1e-10,
    lse: () => 1e-5,
  },
  "bfloat16-dot": {
    relativeL2: () => 2.01 / 128,
    absolute: ({ rms }) => 1e-2 * rms,
    relative: 2.01 / 128,
    angle: 5e-6,
    lse: ({ halfQuery }) => (halfQuery ? 1e-5 : 1e-2),
  },
};

/** The bounds of one layer's values and queries; `keys` is the longest context. */
export function boundsOf(keys: number, values: Float32Array, query: Float32Array): KernelBounds {
  const squares = pairwiseSum(values.length, (i) => values[i]! ** 2);
  const patterns = new Uint32Array(query.buffer, query.byteOffset, query.length);
  return {
    keys,
    peak: amax(values),
    rms: Math.sqrt(squares / Math.max(1, values.length)),
    halfQuery: patterns.every((bits) => (bits & 0xffff) === 0),
  };
}

/** Holds a kernel's result against the exact one. NaN on either side never holds. */
export function checkKernel(
  exact: Attention<Float64Array>,
  found: Attention<Float32Array | Float64Array>,
  bounds: KernelBounds,
  tolerance: Tolerance,
): KernelCheck {
  const figures = deviation(exact.out, found.out);
  const lse = amax(
    exact.lse.map((expected, i) => (expected === found.lse[i] ? 0 : found.lse[i]! - expected)),
  );
  const reach = reachOf(exact.lse);
  const absolute = tolerance.absolute(bounds) * reach;
  const close = exact.out.every((expected, i) => {
    const error = Math.abs(found.out[i]! - expected);
    return error <= absolute || error <= tolerance.relative * Math.abs(expected);
  });
  const holds =
    close &&
    figures.relativeL2 <= tolerance.relativeL2(bounds.keys) * reach &&
    1 - figures.cosine <= tolerance.angle * reach &&
    lse <= tolerance.lse(bounds) * reach;
  return { ...figures, lse, holds };
}

/** Logits far from zero carry a float32 rounding error in proportion, and weights inherit it. */
function reachOf(lse: Float64Array): number {
  return amax(lse.filter(Number.isFinite).map((value) => Math.max(1, Math.abs(value) / 32)));
}
