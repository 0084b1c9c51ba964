import { FP8_FORMATS, type Fp8Format } from "../numeric/fp8.js";
import { bf16ToNumber, numberToBf16 } from "../numeric/half.js";
import { amax } from "../numeric/metrics.js";
import { type Random, randomFrom } from "../numeric/random.js";
import type { LayerShape, LayerValues } from "./layer.js";
import { type CacheScales, scaleOf } from "./problem.js";
import { amaxOfHead } from "./range.js";

/**
 * What synthetic keys, values and queries look like before they are fitted. "normal": N(0, 1).
 * "outliers": N(0, 1), and one in a thousand has N(0, 100) added (FlashAttention-3, section 4.3).
 * "k-offset": normal, but two channels of K lie around +600 and −350, as a bias on K causes (Qwen2).
 */
export type Distribution = "normal" | "outliers" | "k-offset";

/** The distributions, for lists and help texts. */
export const DISTRIBUTIONS = ["normal", "outliers", "k-offset"] as const satisfies readonly Distribution[];

/** What to draw, and how it is to fit. */
export interface Synthesis {
  readonly distribution: Distribution;
  readonly seed: number;
  /** Number of the layer: each has streams of its own. */
  readonly layer: number;
  readonly keys: number;
  readonly queries: number;
  /** The largest key of a layer (or of a head, where scales are per head) is scale · largest / headRoom. */
  readonly fit: { readonly scales: CacheScales; readonly format: Fp8Format; readonly headRoom: number };
}

/**
 * Draws one layer whose amax fits its scales. Queries are shrunk as keys are stretched, so that the
 * attention pattern is that of the distribution, whatever the scale; they are BF16 numbers, as a model's are.
 */
export function synthesize(shape: LayerShape, synthesis: Synthesis): LayerValues {
  const { heads, kvHeads, keySize, valueSize } = shape;
  const query = draw("q", synthesis, synthesis.queries * heads, keySize);
  const keys = draw("k", synthesis, synthesis.keys * kvHeads, keySize);
  const values = draw("v", synthesis, synthesis.keys * kvHeads, valueSize);
  const factorOf = stretchTo(keys, synthesis, synthesis.fit.scales.k, { heads: kvHeads, size: keySize });
  stretchTo(values, synthesis, synthesis.fit.scales.v, { heads: kvHeads, size: valueSize });
  multiplyHeads(
    query,
    { heads, size: keySize },
    (head) => 1 / factorOf(Math.floor(head / (heads / kvHeads))),
  );
  return { query: throughBf16(query), keys, values };
}

function throughBf16(values: Float32Array): Float32Array {
  return values.map((value) => bf16ToNumber(numberToBf16(value)));
}

type DrawnRole = "q" | "k" | "v";

const SAMPLERS: {
  readonly [distribution in Distribution]: (
    random: Random,
    role: DrawnRole,
    size: number,
  ) => (channel: number) => number;
} = {
  normal: (random) => random.normal,
  outliers: (random) => () => random.normal() + (random.uniform() < 0.001 ? 10 * random.normal() : 0),
  "k-offset": (random, role, size) => {
    if (role !== "k") return random.normal;
    const offsets = new Map([
      [Math.floor(size / 3), 600],
      [Math.floor((2 * size) / 3), -350],
    ]);
    return (channel) => random.normal() + (offsets.get(channel) ?? 0);
  },
};

function draw(
  role: DrawnRole,
  { distribution, seed, layer }: Synthesis,
  rows: number,
  size: number,
): Float32Array {
  const stream = layer * 3 + ["q", "k", "v"].indexOf(role);
  const sample = SAMPLERS[distribution](randomFrom(seed, stream), role, size);
  const drawn = new Float32Array(rows * size);
  for (let i = 0; i < drawn.length; i++) drawn[i] = sample(i % size);
  return drawn;
}

interface HeadShape {
  readonly heads: number;
  readonly size: number;
}

/** Stretches in place to the amax that the scales allow; returns the factor of each head. */
function stretchTo(
  drawn: Float32Array,
  { fit: { format, headRoom } }: Synthesis,
  scales: Float32Array,
  shape: HeadShape,
): (head: number) => number {
  const whole = scales.length === 1 ? amax(drawn) : undefined;
  const factors = Array.from({ length: shape.heads }, (_, head) => {
    const target = (scaleOf(scales, head) * FP8_FORMATS[format].largest) / headRoom;
    return (target * JUST_BELOW) / (whole ?? amaxOfHead(drawn, shape, head));
  });
  multiplyHeads(drawn, shape, (head) => factors[head]!);
  return (head) => factors[head]!;
}

/** Keeps the rounding of the product from lifting the largest value over the target. */
const JUST_BELOW = 1 - 2 ** -20;

function multiplyHeads(
  values: Float32Array,
  { heads, size }: HeadShape,
  factor: (head: number) => number,
): void {
  for (let row = 0; row * size < values.length; row++) {
    const by = factor(row % heads);
    for (let i = row * size; i < (row + 1) * size; i++) values[i]! *= by;
  }
}
