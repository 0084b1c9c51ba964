import type { Dice } from "./dice.js";

/** Names that break careless readers: inherited properties, escapes, marks, characters of four bytes. */
export const NAMES = [
  "",
  "a",
  "k_scale",
  "__proto__",
  "constructor",
  "toString",
  "é",
  "\u{1f600}",
  "\ufffd",
  "\ufeff",
  "\u0000",
  "\u007f",
  "__metadata_",
  'q"\\/\b\f\n\r\t',
];

/** Numbers near the limits of the format, of float64 and of JSON's grammar. */
export const NUMBERS = [
  "0",
  "1",
  "-0",
  "-1",
  "00",
  "01",
  "1.0",
  "1e0",
  "1E0",
  "0.0",
  "2e",
  "9007199254740991",
  "9007199254740992",
  "9007199254740993",
  "18446744073709551615",
  "18446744073709551616",
  "9223372036854775808",
  "2305843009213693952",
  "340282366920938463463374607431768211456",
  "1e400",
  ".5",
  "5.",
  "+1",
  "0x1",
  "NaN",
  "-",
  "4294967296",
  "4611686018427387904",
];

/** Any JSON value, with numbers near the limits of float64 and nesting near the limit of depth. */
export function value(dice: Dice, depth: number): string {
  switch (dice.roll(depth > 0 ? 8 : 5)) {
    case 0:
      return dice.pick(["null", "true", "false", "nul", "True"].slice(0, dice.once(9) ? 5 : 3));
    case 1:
      return string(dice, dice.pick(NAMES));
    case 2:
      return dice.pick(NUMBERS);
    case 3:
      return extremeNumber(dice);
    case 4:
      return nested(dice);
    case 5:
      return list(
        dice,
        Array.from({ length: dice.roll(4) }, () => value(dice, depth - 1)),
      );
    default:
      return `{${Array.from({ length: dice.roll(3) }, () => `${string(dice, dice.pick(NAMES))}:${value(dice, depth - 1)}`).join(",")}}`;
  }
}

function extremeNumber(dice: Dice): string {
  const sign = dice.pick(["", "-"]);
  if (dice.once(4)) return sign + longNumber(dice);
  const mantissa = dice.pick([
    ...MANTISSAS,
    `${1 + dice.roll(9)}${digits(dice, 30)}`,
    `0.${digits(dice, 40)}`,
  ]);
  const exponent = dice.pick([308, 307, 309, 292, 293, 290, 0, 400, 2147483647, 2147483648, 99999999999]);
  return `${sign}${mantissa}${dice.pick(["e", "E", "e+", "e-"])}${exponent + dice.roll(3) - 1}`;
}

const MANTISSAS = [
  "1.7976931348623157",
  "1.7976931348623158",
  "1.7976931348623159",
  "17976931348623158",
  "0",
  "0.0",
  "0.00",
  "9",
  "1844674407370955161.5",
  "1844674407370955161.61",
  "18446744073709551615.5",
];

/** Hundreds of digits before or behind the point, and an exponent that takes most of them back. */
function longNumber(dice: Dice): string {
  const zeros = 280 + dice.roll(200);
  if (dice.once(2)) return `0.${"0".repeat(zeros)}${digits(dice, 20)}e${zeros + 308 + dice.roll(5) - 2}`;
  const whole = `${1 + dice.roll(9)}${digits(dice, 20)}${"0".repeat(zeros)}${dice.pick(["", ".5", ".0000"])}`;
  return dice.once(3) ? whole : `${whole}e-${Math.max(0, zeros - 308 + dice.roll(30))}`;
}

function digits(dice: Dice, most: number): string {
  return Array.from({ length: 1 + dice.roll(most) }, () => dice.roll(10)).join("");
}

function nested(dice: Dice): string {
  const depth = dice.pick([1, 5, 120, 123, 124, 125, 126, 127, 128, 300]);
  return dice.once(2)
    ? "[".repeat(depth) + "]".repeat(depth)
    : '{"":'.repeat(depth) + "0" + "}".repeat(depth);
}

/** An array of those texts. */
export function list(dice: Dice, values: readonly string[]): string {
  return `[${gap(dice)}${values.join(`${gap(dice)},${gap(dice)}`)}${gap(dice)}]`;
}

/** White space, mostly none; now and then such as JSON does not know. */
export function gap(dice: Dice): string {
  return dice.once(12)
    ? dice.pick([" ", "\n", "\r\n", "\t", "  ", "\u000b", "\u00a0", "\ufeff"].slice(0, dice.once(30) ? 8 : 5))
    : "";
}

/** A JSON string of that text, now and then with more escapes than it needs. */
export function string(dice: Dice, text: string): string {
  if (!dice.once(10)) return JSON.stringify(text);
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const unitwise = text
    .split("")
    .map((unit) => (dice.once(2) ? escaped(unit) : JSON.stringify(unit).slice(1, -1)));
  return `"${unitwise.join("")}"`;
}
