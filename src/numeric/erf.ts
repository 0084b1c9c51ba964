/** The complementary error function `2/√π ∫ₓ^∞ e^(−t²) dt`, within a few float64 roundings, its small values too. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < 2.5 ? 1 - erfBySeries(x) : erfcByFraction(x);
}

/** Enough for either expansion on its side of 2.5. */
const TERMS = 60;

/** `2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!`: all terms have one sign, so nothing cancels. */
function erfBySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n <= TERMS; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** `e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …))))`, from its far end. */
function erfcByFraction(x: number): number {
  let rest = x;
  for (let n = TERMS; n >= 1; n--) rest = x + n / 2 / rest;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / rest;
}
