import { erfc } from "../../numeric/erf.js";
import type { Activation, Gate, RmsNorm, Rotate } from "../ops.js";

/** Norms each row, in float64. A pause after each. */
export function* normalise({ input, weight, epsilon, offset, output }: RmsNorm): Generator<void, void, void> {
  const width = weight.length;
  for (let row = 0; row < input.length; row += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += input[row + i]! * input[row + i]!;
    const length = Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) output[row + i] = (input[row + i]! / length) * (offset + weight[i]!);
    yield;
  }
}

/** Turns pairs of features of each head, in float64. A pause after each token. */
export function* turn(task: Rotate): Generator<void, void, void> {
  const { heads, headSize, positions } = task;
  for (let token = 0; token < positions.length; token++) {
    for (let head = 0; head < heads; head++)
      turnHead(task, (token * heads + head) * headSize, positions[token]!);
    yield;
  }
}

function turnHead({ values, features, cos, sin }: Rotate, from: number, position: number): void {
  const half = features / 2;
  for (let i = 0, at = position * half; i < half; i++, at++) {
    const first = values[from + i]!;
    const second = values[from + half + i]!;
    values[from + i] = first * cos[at]! - second * sin[at]!;
    values[from + half + i] = second * cos[at]! + first * sin[at]!;
  }
}

/** Activates and multiplies, in float64. A pause now and then. */
export function* gate({ gate, up, activation, output }: Gate): Generator<void, void, void> {
  const activate = ACTIVATIONS[activation];
  for (let i = 0; i < gate.length; i++) {
    output[i] = activate(gate[i]!) * up[i]!;
    if (i % 4096 === 4095) yield;
  }
}

/** Each as x times a share that never cancels, so that small results keep their digits. */
const ACTIVATIONS: { readonly [name in Activation]: (x: number) => number } = {
  silu: (x) => x / (1 + Math.exp(-x)),
  gelu: (x) => (x * erfc(-x / Math.SQRT2)) / 2,
  // ½ (1 + tanh u) is 1 / (1 + e^(−2u)).
  "gelu-tanh": (x) => x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};
