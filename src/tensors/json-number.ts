const U64_MAX = 2n ** 64n - 1n;
/** Far enough below the largest float64 that rounding cannot matter. */
const SURELY_FINITE = 1e300;
const PARTS = /^-?([0-9]+)(?:\.(0*)([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;

/** The whole number from 0 to 2^64 - 1 that a run of digits spells, exactly; undefined beyond. */
export function unsigned64(digits: string): number | bigint | undefined {
  const value = digits.length > 20 ? U64_MAX + 1n : BigInt(digits);
  if (value > U64_MAX) return undefined;
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/**
 * True for a JSON number that the official reader calls "out of range". It collects digits while they fit
 * 64 bits, drops the others, and scales by a power of ten in float64 (serde_json `de.rs` @827a315,
 * `parse_integer` to `f64_from_parts`), which close to the limit differs from correct rounding.
 */
export function outOfRange(token: string): boolean {
  if (Math.abs(Number(token)) < SURELY_FINITE) return false;
  const [, whole = "", zeros = "", fraction = "", power = "0"] = PARTS.exec(token) ?? [];
  const head = collect(0n, whole);
  const tail = head.value === 0n ? collect(0n, fraction) : collect(head.value, zeros + fraction);
  const skipped = head.value === 0n ? zeros.length : 0;
  const exponent = whole.length - head.taken - skipped - tail.taken;
  return overflows(Number(tail.value), exponent + Number(power));
}

function collect(start: bigint, digits: string): { value: bigint; taken: number } {
  let value = start;
  let taken = 0;
  for (; taken < digits.length; taken++) {
    const next = value * 10n + BigInt(digits[taken]!);
    if (next > U64_MAX) break;
    value = next;
  }
  return { value, taken };
}

function overflows(significand: number, exponent: number): boolean {
  if (exponent < 0) return false;
  return exponent > 308 || significand * Number(`1e${exponent}`) === Infinity;
}
