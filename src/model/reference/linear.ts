import type { Linear } from "../ops.js";
import { decodeRow, roundToBf16 } from "../weights.js";

/** `x · Wᵀ + b` with float64 sums; "bfloat16" rounds both factors first. A pause after each row of weights. */
export function* multiply(task: Linear): Generator<void, void, void> {
  const { weights, bias, output } = task;
  const round = task.precision === "bfloat16" ? roundToBf16 : (values: Float32Array) => values;
  const input = round(task.input);
  for (let row = 0; row < weights.rows; row++) {
    const factors = round(decodeRow(weights, row));
    for (let at = row, from = 0; from < input.length; at += weights.rows, from += weights.columns)
      output[at] = product(input, from, factors) + (bias?.[row] ?? 0);
    yield;
  }
}

function product(input: Float32Array, from: number, factors: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < factors.length; i++) sum += input[from + i]! * factors[i]!;
  return sum;
}
