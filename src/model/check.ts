import { dataRefusal } from "../errors.js";
import { FP8_FORMATS } from "../numeric/fp8.js";
import type { Gate, Linear, LogitSlice, Matrix, RmsNorm, Rotate } from "./ops.js";
import { blocksOf, WEIGHT_BYTES } from "./weights.js";

/** One thing that must hold: whether it does, what was expected, and what was found instead. */
type Rule = readonly [holds: boolean, expected: string, found: unknown];

/** Throws a data Refusal for a product of shapes that do not fit together. Values are not looked at. */
export function checkLinear({ input, weights, bias, output }: Linear): void {
  const { rows, columns } = weights;
  enforce(matrixRules(weights));
  const tokens = Math.floor(input.length / columns);
  enforce([
    [input.length === tokens * columns, `whole rows of ${columns} inputs`, input.length],
    [output.length === tokens * rows, `${tokens * rows} outputs`, output.length],
    [(bias?.length ?? rows) === rows, `${rows} biases`, bias?.length],
  ]);
}

/** Throws a data Refusal for a norm of rows that are not as wide as its weight. */
export function checkRmsNorm({ input, weight, epsilon, output }: RmsNorm): void {
  enforce([
    [weight.length > 0, "a norm over at least one feature", weight.length],
    [input.length % weight.length === 0, `whole rows of ${weight.length} inputs`, input.length],
    [output.length === input.length, `${input.length} outputs`, output.length],
    [epsilon >= 0, "an epsilon of 0 or more", epsilon],
  ]);
}

/** Throws a data Refusal for a rotation beyond the head, or by a position that the tables lack. */
export function checkRotate({ values, heads, headSize, positions, features, cos, sin }: Rotate): void {
  enforce([
    [isCount(heads) && isCount(headSize), "at least one head of at least one feature", [heads, headSize]],
    [
      isCount(features) && features % 2 === 0 && features <= headSize,
      `an even number of rotary features up to ${headSize}`,
      features,
    ],
    [
      values.length === positions.length * heads * headSize,
      `${positions.length * heads * headSize} values`,
      values.length,
    ],
    [cos.length === sin.length, `as many sines as cosines, ${cos.length}`, sin.length],
  ]);
  const rows = Math.floor((2 * cos.length) / features);
  const stray = positions.find((position) => position < 0 || position >= rows);
  enforce([[stray === undefined, `positions of 0 to ${rows - 1}, which the tables hold`, stray]]);
}

/** Throws a data Refusal for a gate of unequal lengths. */
export function checkGate({ gate, up, output }: Gate): void {
  enforce([
    [up.length === gate.length, `${gate.length} values to be gated`, up.length],
    [output.length === gate.length, `${gate.length} outputs`, output.length],
  ]);
}

/** Throws a data Refusal for logits that are not [streams, tokens, width], or sums of another shape. */
export function checkLogits({ logits, first, width, streams, targets, softcap, sums }: LogitSlice): void {
  const tokens = targets.length;
  const { max, top, sum, cross, target } = sums;
  const short = [max, top, sum, cross, target].find(({ length }) => length !== streams * tokens);
  enforce([
    [isCount(streams), "at least one stream", streams],
    [isCount(width) && isCount(first + 1), "a first column and a width", [first, width]],
    [logits.length === streams * tokens * width, `${streams * tokens * width} logits`, logits.length],
    [
      sums.tokens === tokens && short === undefined,
      `sums of ${streams} streams of ${tokens} tokens`,
      short?.length,
    ],
    [softcap >= 0, "a soft cap of 0 (off) or more", softcap],
  ]);
}

function matrixRules(matrix: Matrix): Rule[] {
  const { type, rows, columns, bytes, scales } = matrix;
  const size = rows * columns * WEIGHT_BYTES[type];
  const shape: Rule[] = [
    [isCount(rows) && isCount(columns), "a matrix of at least one row and column", [rows, columns]],
    [bytes.length === size, `${size} bytes of [${rows}, ${columns}] ${type} weights`, bytes.length],
  ];
  if (scales === undefined) return shape;
  const [down, across] = blocksOf(matrix, scales);
  return [
    ...shape,
    [type in FP8_FORMATS, "scales of FP8 weights only", type],
    [isCount(scales.blockRows) && isCount(scales.blockColumns), "blocks of at least one weight", "none"],
    [scales.values.length === down * across, `${down} by ${across} block scales`, scales.values.length],
  ];
}

function enforce(rules: readonly Rule[]): void {
  for (const [holds, expected, found] of rules) {
    if (!holds) throw dataRefusal("impossible-operation", { expected, found: String(found) });
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
