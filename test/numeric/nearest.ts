import { decodeTable, type Fp8Format } from "../../src/numeric/fp8.js";

/** A sorted list of the finite non-negative values of a format, and their codes. */
interface Ladder {
  readonly values: readonly number[];
  readonly codes: readonly number[];
}

/**
 * The oracle of the encoders: search the sorted table for the two neighbours of a quotient and take the
 * nearer one, the even code on a tie. It knows nothing of bits and shifts.
 */
export function nearestCode(quotient: number, format: Fp8Format): number {
  const fnuz = format === "float8_e4m3fnuz";
  if (Number.isNaN(quotient)) return fnuz ? 0x80 : 0x7f;
  const magnitude = nearestRung(Math.abs(quotient), ladders[format]);
  const negative = quotient < 0 || Object.is(quotient, -0);
  return negative && !(fnuz && magnitude === 0) ? magnitude | 0x80 : magnitude;
}

/** The largest code whose value does not exceed the quotient: what truncation leaves. */
export function truncatedCode(quotient: number, format: Fp8Format): number {
  const { values, codes } = ladders[format];
  if (Number.isNaN(quotient)) return codes.at(-1)!;
  const negative = quotient < 0 || Object.is(quotient, -0);
  return codes[rungBelow(Math.abs(quotient), values)]! | (negative ? 0x80 : 0);
}

const ladders: Record<Fp8Format, Ladder> = {
  float8_e4m3fn: ladder("float8_e4m3fn"),
  float8_e4m3fnuz: ladder("float8_e4m3fnuz"),
  float8_e5m2: ladder("float8_e5m2"),
};

function ladder(format: Fp8Format): Ladder {
  const table = decodeTable(format);
  const codes = Array.from({ length: 128 }, (_, code) => code)
    .filter((code) => Number.isFinite(table[code]))
    .sort((a, b) => table[a]! - table[b]!);
  return { values: codes.map((code) => table[code]!), codes };
}

function nearestRung(magnitude: number, { values, codes }: Ladder): number {
  const below = rungBelow(magnitude, values);
  const above = Math.min(below + 1, values.length - 1);
  const down = magnitude - values[below]!;
  const up = values[above]! - magnitude;
  if (up === down) return codes[below]! % 2 === 0 ? codes[below]! : codes[above]!;
  return up < down && above !== below ? codes[above]! : codes[below]!;
}

function rungBelow(magnitude: number, values: readonly number[]): number {
  let low = 0;
  let high = values.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= magnitude) low = middle;
    else high = middle;
  }
  return low;
}
