import type { CacheType } from "../attention/problem.js";
import { STREAM_NAMES } from "../model/advice.js";
import type { LayerRecipe } from "../model/recipe.js";
import { FP8_FORMATS, type Fp8Format } from "../numeric/fp8.js";
import type { Writer } from "../numeric/quantise.js";
import { type CacheChoice, type Reach, type Stream, unscaled } from "./forward/stream.js";

/** The ways to keep a cache that a run can compare with the judged one. */
export const COMPARISONS = ["unit", "recalibrated", "per-head", "e5m2", "e4m3fnuz", "k16-v8"] as const;
/** One of `COMPARISONS`. */
export type Comparison = (typeof COMPARISONS)[number];

/** What all streams of a run share. */
export interface StreamChoices {
  /** The 16-bit cache that the others are compared with. */
  readonly reference: CacheType;
  readonly format: Fp8Format;
  readonly writer: Writer;
  /** Layers whose cache is 8-bit; the others keep the reference's. Absent: all. */
  readonly layers?: ReadonlySet<number>;
}

/** Scales of a layer that are there already; undefined where it has none. */
export type GivenScales = (layer: LayerRecipe) => { readonly k: Float32Array; readonly v: Float32Array };

/** The stream that everything is compared with: 16 bits, no scales. */
export function referenceStream({ reference }: StreamChoices): Stream {
  return { name: STREAM_NAMES.reference, cacheOf: () => unscaled(reference) };
}

/** A stream with scales that are given. */
export function givenStream(name: string, scales: GivenScales, choices: StreamChoices): Stream {
  return limited(name, choices, (layer) => fp8(choices.format, scales(layer), choices.writer));
}

/** A stream that is set up as the model runs, from what the reference reaches. */
export function comparisonStream(name: Comparison, choices: StreamChoices): Stream {
  return limited(name, choices, (_, reach) => CACHES[name](reach, choices));
}

const CACHES: { readonly [name in Comparison]: (reach: Reach, choices: StreamChoices) => CacheChoice } = {
  unit: (_, { format, writer }) => fp8(format, UNIT, writer),
  recalibrated: (reach, { format, writer }) => fp8(format, fitted(whole(reach), format), writer),
  "per-head": (reach, { format, writer }) => fp8(format, fitted(reach, format), writer),
  // Engines keep no scales for e5m2, and no other writer knows fnuz.
  e5m2: (_, { writer }) => fp8("float8_e5m2", UNIT, writer),
  e4m3fnuz: (reach) => fp8("float8_e4m3fnuz", fitted(whole(reach), "float8_e4m3fnuz"), "cuda"),
  "k16-v8": (reach, { format, writer, reference }) => ({
    ...fp8(format, fitted(whole(reach), format), writer),
    k: unscaled(reference).k,
  }),
};

const UNIT: Reach = { k: Float32Array.of(1), v: Float32Array.of(1) };

function fp8(type: Fp8Format, scales: Reach, writer: Writer): CacheChoice {
  return { k: { type, scales: scales.k }, v: { type, scales: scales.v }, writer };
}

function whole({ k, v }: Reach): Reach {
  return { k: Float32Array.of(Math.max(...k)), v: Float32Array.of(Math.max(...v)) };
}

/** The largest value on the largest code; where all values are zero any scale will do. */
function fitted({ k, v }: Reach, format: Fp8Format): Reach {
  const { largest } = FP8_FORMATS[format];
  const scaled = (peaks: Float32Array) => peaks.map((peak) => (peak > 0 ? peak / largest : 1));
  return { k: scaled(k), v: scaled(v) };
}

function limited(name: string, { layers, reference }: StreamChoices, cacheOf: Stream["cacheOf"]): Stream {
  return {
    name,
    cacheOf: (layer, reach) =>
      layers === undefined || layers.has(layer.index) ? cacheOf(layer, reach) : unscaled(reference),
  };
}
