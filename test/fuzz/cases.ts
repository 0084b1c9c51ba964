import { DTYPES } from "../../src/tensors/dtype.js";
import { serialize } from "../../src/tensors/layout.js";
import type { Dice } from "./dice.js";
import { NAMES } from "./json.js";
import { drawMembers } from "./members.js";

/** A file that is valid, nearly valid, or was, before bytes of it changed. */
export function fuzzCase(dice: Dice): Uint8Array {
  const { members, dataSize } = drawMembers(dice);
  const ordered = dice.once(3) ? dice.shuffled(members) : members;
  const text = mutateText(
    dice,
    `${" ".repeat(dice.roll(2))}{${ordered.join(",")}}${" ".repeat(dice.roll(9))}`,
  );
  const json = mutateBytes(dice, new TextEncoder().encode(text));
  return mutateFile(dice, assemble(json, dataSize + (dice.once(40) ? dice.roll(9) : 0)));
}

/** Another file with a few bytes changed; the length of its header is put right most of the time. */
export function mutatedCase(dice: Dice, file: Uint8Array): Uint8Array {
  const length = Math.min(file.length - 8, new DataView(file.buffer, file.byteOffset).getUint32(0, true));
  const text = Buffer.from(file.subarray(8, 8 + length)).toString("latin1");
  const changed = Buffer.from(mutateText(dice, text, 2), "latin1");
  return mutateFile(dice, assemble(mutateBytes(dice, changed), Math.max(0, file.length - 8 - length)));
}

/** A file of our own writer, with odd names and few bytes. */
export function writtenCase(dice: Dice): Uint8Array {
  const names = new Set(Array.from({ length: dice.roll(6) }, () => dice.pick(NAMES) + dice.pick(NAMES)));
  const tensors = [...names].map((name) => {
    const { name: dtype, bits } = dice.pick(DTYPES);
    const shape = [...Array.from({ length: dice.roll(3) }, () => dice.roll(4)), ...(bits < 8 ? [4] : [])];
    const length = shape.reduce((product, size) => product * size, bits) / 8;
    return { name, dtype, shape, bytes: new Uint8Array(length) };
  });
  const texts = Array.from({ length: dice.roll(4) }, () => [dice.pick(NAMES), dice.pick(NAMES)] as const);
  return serialize(tensors, new Map(texts));
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
