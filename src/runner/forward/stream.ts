import type { CacheType } from "../../attention/problem.js";
import type { LayerRecipe } from "../../model/recipe.js";
import type { Writer } from "../../numeric/quantise.js";

/** How keys, or values, of a layer are kept: one multiplier, or one per KV head; 1 for types that are not FP8. */
export interface Kept {
  readonly type: CacheType;
  readonly scales: Float32Array;
}

/** How a layer's cache is kept. The two roles may differ: K in 16 bits and V in FP8. */
export interface CacheChoice {
  readonly k: Kept;
  readonly v: Kept;
  readonly writer: Writer;
}

/** What the reference's keys (after rotation) and values of a layer reach: largest magnitudes, [KV heads] each. */
export interface Reach {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** One way to keep the cache, followed through the whole model with a residual stream of its own. */
export interface Stream {
  readonly name: string;
  /** Asked layer by layer; `reach` is known by then, so that a stream can be calibrated as it goes. */
  cacheOf(layer: LayerRecipe, reach: Reach): CacheChoice;
}

/** A cache that keeps both roles in one type without scales. */
export function unscaled(type: CacheType): CacheChoice {
  const kept = { type, scales: Float32Array.of(1) };
  return { k: kept, v: kept, writer: "cuda" };
}
