import { DTYPES } from "../../src/tensors/dtype.js";
import type { Dice } from "./dice.js";
import { gap, list, NAMES, NUMBERS, string, value } from "./json.js";

/** The members of a header, and the bytes that its tensors fill. */
export interface Drawn {
  readonly members: readonly string[];
  readonly dataSize: number;
}

/** Up to four tensors that tile the data, oddly spelled; now and then one thing is wrong with one of them. */
export function drawMembers(dice: Dice): Drawn {
  const members: string[] = [];
  let dataSize = 0;
  for (let count = dice.roll(5); count > 0; count--) {
    const { name: dtype, bits } = dice.pick(DTYPES);
    const shape = dice.once(25) ? wideShape(dice) : shapeOf(dice, bits);
    const begin = dataSize;
    dataSize += Math.floor(shape.reduce<number>((product, size) => product * Number(size), bits) / 8);
    members.push(
      `${string(dice, name(dice, count))}${gap(dice)}:${entry(dice, dtype, shape, begin, dataSize)}`,
    );
  }
  if (dice.once(3)) members.unshift(metadata(dice));
  if (dice.once(60)) members.push(metadata(dice));
  return { members, dataSize };
}

type Size = number | string;

function shapeOf(dice: Dice, bits: number): Size[] {
  const shape = Array.from({ length: dice.roll(4) }, () => dice.pick([0, 1, 1, 2, 3, 4, 5]));
  // Types below a byte need pairs or fours of elements, most of the time.
  return bits < 8 && !dice.once(8) ? [...shape, 4] : shape;
}

/** No elements, beside sizes whose product overflows or does not, by their order. */
function wideShape(dice: Dice): Size[] {
  const wide = () =>
    dice.pick(["18446744073709551615", "9007199254740993", "4294967296", "4294967295", "2", "1"]);
  return dice.shuffled([0, ...Array.from({ length: dice.roll(4) }, wide)]);
}

function name(dice: Dice, count: number): string {
  return dice.once(3) ? dice.pick(NAMES) : `model.layers.${count}.self_attn.${dice.pick(["k", "v"])}_scale`;
}

function entry(dice: Dice, dtype: string, shape: readonly Size[], begin: number, end: number): string {
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

function number(dice: Dice, exact: Size): string {
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
