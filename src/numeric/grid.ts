/** The values of a small binary float, as what rounding a float32 to them takes. */
export interface Grid {
  /** Bits of a float32 mantissa that the format has not. */
  readonly shift: number;
  /** The largest of those bits' numbers that is less than half of a step. */
  readonly belowHalf: number;
  /** What is added to float32 bits to move them to the format's exponent bias. */
  readonly rebias: number;
  /** Float32 bits of the smallest normal number; below it, values are multiples of `step`. */
  readonly normal: number;
  readonly step: number;
}

/** The grid of a format with that exponent bias and so many mantissa bits. */
export function gridOf(bias: number, mantissaBits: number): Grid {
  return {
    shift: 23 - mantissaBits,
    belowHalf: (1 << (22 - mantissaBits)) - 1,
    rebias: (127 - bias) << mantissaBits,
    normal: (128 - bias) << 23,
    step: 2 ** (1 - bias - mantissaBits),
  };
}

/**
 * The code nearest to |value|, ties to even; `absolute` are its float32 bits without the sign. The code
 * runs on past the largest of the format where the value does, so the caller caps it; NaN is the caller's.
 */
export function nearestMagnitude(absolute: number, value: number, grid: Grid): number {
  if (absolute < grid.normal) return roundToEven(Math.abs(value) / grid.step);
  const odd = (absolute >> grid.shift) & 1;
  return ((absolute + grid.belowHalf + odd) >> grid.shift) - grid.rebias;
}

/** Of a number in [0, 2^51): adding 2^52 leaves no room for a fraction, and the addition rounds to even. */
function roundToEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}
