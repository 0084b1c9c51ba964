import { DTYPES } from "../../src/tensors/dtype.js";
import type { Dice } from "./dice.js";

/** A file that is valid, nearly valid, or was, before bytes of it changed. */
export function fuzzCase(dice: Dice): Uint8Array {
  const { members, dataSize } = makeMembers(dice);
  const ordered = dice.once(3) ? dice.shuffled(members) : members;
  const text = mutateText(dice, `${gap(dice)}{${ordered.join(`${gap(dice)},`)}}${" ".repeat(dice.roll(9))}`);
  const json = mutateBytes(dice, new TextEncoder().encode(text));
  return mutateFile(dice, assemble(json, dataSize + (dice.once(40) ? dice.roll(9) : 0)));
}

/** Another file with a few bytes changed; the length of its header is put right most of the time. */
export function mutatedCase(dice: Dice, file: Uint8Array): Uint8Array {
  const length = Math.min(file.length - 8, new DataView(file.buffer, file.byteOffset).getUint32(0, true));
  const text = new TextDecoder("latin1").decode(file.subarray(8, 8 + length));
  const changed = Uint8Array.from(mutateText(dice, text, 2), (unit) => unit.charCodeAt(0));
  return mutateFile(dice, assemble(mutateBytes(dice, changed), Math.max(0, file.length - 8 - length)));
}

interface Drawn {
  readonly members: readonly string[];
  readonly dataSize: number;
}

function makeMembers(dice: Dice): Drawn {
  const members: string[] = [];
  let dataSize = 0;
  for (let count = dice.roll(5); count > 0; count--) {
    const { name: dtype, bits } = dice.pick(DTYPES);
    const shape = makeShape(dice, bits);
    const begin = dataSize;
    dataSize += Math.floor(shape.reduce((product, size) => product * size, bits) / 8);
    members.push(
      `${string(dice, name(dice, count))}${gap(dice)}:${entry(dice, dtype, shape, begin, dataSize)}`,
    );
  }
  if (dice.once(3)) members.unshift(metadata(dice));
  if (dice.once(60)) members.push(metadata(dice));
  return { members, dataSize };
}

function makeShape(dice: Dice, bits: number): number[] {
  const shape = Array.from({ length: dice.roll(4) }, () => dice.pick([0, 1, 1, 2, 3, 4, 5]));
  // Types below a byte need pairs or fours of elements, most of the time.
  return bits < 8 && !dice.once(8) ? [...shape, 4] : shape;
}

const NAMES = [
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

function name(dice: Dice, count: number): string {
  return dice.once(3) ? dice.pick(NAMES) : `model.layers.${count}.self_attn.${dice.pick(["k", "v"])}_scale`;
}

function entry(dice: Dice, dtype: string, shape: readonly number[], begin: number, end: number): string {
  const values = [
    dtypeValue(dice, dtype),
    list(
      dice,
      shape.map((size) => number(dice, size)),
    ),
    list(dice, [number(dice, begin), number(dice, end), ...(dice.once(150) ? ["1"] : [])]),
  ];
  if (dice.once(25)) return list(dice, dice.once(9) ? [...values, value(dice, 2)] : values);
  const fields = ["dtype", "shape", "data_offsets"].map(
    (key, at) => `${string(dice, key)}${gap(dice)}:${gap(dice)}${values[at]!}`,
  );
  if (dice.once(6))
    fields.push(
      `${string(dice, dice.pick(["extra", "", "Dtype", "shape ", "__metadata__"]))}:${value(dice, 3)}`,
    );
  if (dice.once(60)) fields.push(dice.pick(fields));
  if (dice.once(80)) fields.splice(dice.roll(fields.length), 1);
  return `{${(dice.once(2) ? dice.shuffled(fields) : fields).join(`${gap(dice)},${gap(dice)}`)}}`;
}

function dtypeValue(dice: Dice, dtype: string): string {
  if (dice.once(40))
    return `{${string(dice, dtype)}:${dice.pick(["null", "{}", "[]", "null,", "{ }", 'null,"F32":null', "0", "{}  "])}}`;
  return string(dice, dice.once(60) ? dice.pick(["f32", "F31", "", "F8_E4M3FN", "F32 "]) : dtype);
}

const NUMBERS = [
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

function number(dice: Dice, exact: number): string {
  return dice.once(60) ? dice.pick(NUMBERS) : String(exact);
}

function metadata(dice: Dice): string {
  if (dice.once(8))
    return `"__metadata__":${dice.pick(["null", "{}", "[]", "nul", "true", '""', "1", "{null}"])}`;
  const pairs = Array.from({ length: dice.roll(4) }, () => {
    const text = dice.once(40) ? value(dice, 2) : string(dice, dice.pick(NAMES));
    return `${string(dice, dice.pick(["format", "a", "b", ...NAMES]))}:${gap(dice)}${text}`;
  });
  return `${string(dice, "__metadata__")}:{${pairs.join(",")}}`;
}

/** Any JSON value, with numbers near the limits of float64 and nesting near the limit of depth. */
function value(dice: Dice, depth: number): string {
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

function list(dice: Dice, values: readonly string[]): string {
  return `[${gap(dice)}${values.join(`${gap(dice)},${gap(dice)}`)}${gap(dice)}]`;
}

function gap(dice: Dice): string {
  return dice.once(12)
    ? dice.pick([" ", "\n", "\r\n", "\t", "  ", "\u000b", "\u00a0", "\ufeff"].slice(0, dice.once(30) ? 8 : 5))
    : "";
}

/** A JSON string of that text, now and then with more escapes than it needs. */
function string(dice: Dice, text: string): string {
  if (!dice.once(10)) return JSON.stringify(text);
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const unitwise = text
    .split("")
    .map((unit) => (dice.once(2) ? escaped(unit) : JSON.stringify(unit).slice(1, -1)));
  return `"${unitwise.join("")}"`;
}

const TOKENS = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "null",
  "0",
  "-",
  '"a":',
  "\\u0061",
  "\\ud800",
  "\\udc00",
  "\\ud83d\\ude00",
  "\\u12",
  "\\x",
  "\u0000",
  "\u001f",
  "\u007f",
  "\u0085",
  " ",
  "\u00e9",
  "e5",
  ".0",
  "__metadata__",
];

function mutateText(dice: Dice, text: string, sides = 5): string {
  if (!dice.once(sides)) return text;
  const at = dice.roll(text.length + 1);
  const end = Math.min(text.length, at + dice.roll(6));
  const from = dice.roll(text.length + 1);
  const middle = dice.pick(["", dice.pick(TOKENS), text.slice(from, from + dice.roll(30))]);
  return text.slice(0, at) + middle + text.slice(dice.once(2) ? at : end);
}

/** Overlong, surrogate, too large, cut short, stray: sequences that strict UTF-8 refuses; and three it takes. */
const SEQUENCES = [
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
  [0xff],
  [0xf0, 0x80, 0x80, 0x80],
  [0xef, 0xbb, 0xbf],
  [0xef, 0xbf, 0xbf],
  [0xf4, 0x8f, 0xbf, 0xbf],
];

function mutateBytes(dice: Dice, bytes: Uint8Array): Uint8Array {
  if (!dice.once(10)) return bytes;
  const at = dice.roll(bytes.length + 1);
  if (dice.once(2))
    return Uint8Array.of(...bytes.subarray(0, at), ...dice.pick(SEQUENCES), ...bytes.subarray(at));
  const flipped = bytes.slice();
  if (at < flipped.length) flipped[at] = flipped[at]! ^ (1 << dice.roll(8));
  return flipped;
}

function assemble(json: Uint8Array, dataSize: number): Uint8Array {
  const file = new Uint8Array(8 + json.length + dataSize);
  new DataView(file.buffer).setUint32(0, json.length, true);
  file.set(json, 8);
  return file;
}

function mutateFile(dice: Dice, file: Uint8Array): Uint8Array {
  if (!dice.once(40)) return file;
  if (dice.once(2)) return file.subarray(0, dice.roll(file.length + 1));
  const changed = file.slice();
  changed[dice.roll(8)] = dice.roll(256);
  return changed;
}
