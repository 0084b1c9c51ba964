import { amax, type Deviation, deviation } from "../numeric/metrics.js";
import type { Attention } from "./problem.js";

/** How a kernel computes its products, and so how close to float64 it must come. */
export type Arithmetic = "float32" | "bfloat16-dot";

/** What a kernel's result is held to. */
export interface Tolerance {
  /** ‖error‖₂ / ‖expected‖₂ at a context of so many keys. */
  readonly relativeL2: (keys: number) => number;
  /** Each element's error is at most this share of the largest value in the cache … */
  readonly absolute: number;
  /** … or at most this share of the element itself. */
  readonly relative: number;
  readonly cosine: number;
  /** Error of the softmax denominator's logarithm, relative to its size where that exceeds 1. */
  readonly lse: number;
}

/** A kernel's result beside the exact one: how far off, and whether that is within the tolerance. */
export interface KernelCheck extends Deviation {
  readonly lse: number;
  readonly holds: boolean;
}

/**
 * The bars of the two arithmetics. float32: rounding errors of a sum grow with its square root.
 * bfloat16-dot, where queries and weights are rounded to 8 bits: FlashMLA tests/lib.py @9241ae3, its
 * absolute 1e-3 taken for values of a normal distribution, whose largest is about 4.
 */
export const TOLERANCES: { readonly [arithmetic in Arithmetic]: Tolerance } = {
  float32: {
    relativeL2: (keys) => 2e-6 * Math.sqrt(Math.max(keys, 1024) / 1024),
    absolute: 1e-5,
    relative: 0,
    cosine: 1e-10,
    lse: 1e-5,
  },
  "bfloat16-dot": {
    relativeL2: () => 2.01 / 128,
    absolute: 2.5e-4,
    relative: 2.01 / 128,
    cosine: 5e-6,
    lse: 1e-2,
  },
};

/**
 * Holds a kernel's result against the exact one. `keys` is the longest context, `peak` the largest
 * magnitude among the dequantised values. NaN on either side never holds.
 */
export function checkKernel(
  exact: Attention<Float64Array>,
  found: Attention<Float32Array | Float64Array>,
  { keys, peak }: { readonly keys: number; readonly peak: number },
  tolerance: Tolerance,
): KernelCheck {
  const figures = deviation(exact.out, found.out);
  const lse = lseError(exact.lse, found.lse);
  const close = exact.out.every((expected, i) => {
    const error = Math.abs(found.out[i]! - expected);
    return error <= tolerance.absolute * peak || error <= tolerance.relative * Math.abs(expected);
  });
  const holds =
    close &&
    figures.relativeL2 <= tolerance.relativeL2(keys) &&
    1 - figures.cosine <= tolerance.cosine &&
    lse <= tolerance.lse;
  return { ...figures, lse, holds };
}

/** Rows that see nothing have −Infinity on both sides, which is no error. */
function lseError(exact: Float64Array, found: ArrayLike<number>): number {
  return amax(
    exact.map((expected, i) =>
      expected === found[i] ? 0 : (found[i]! - expected) / Math.max(1, Math.abs(expected)),
    ),
  );
}
