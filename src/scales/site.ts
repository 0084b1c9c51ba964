/** What a scale multiplies: keys, values, queries, softmax probabilities, or keys and values together. */
export type Role = "k" | "v" | "q" | "prob" | "kv";

/**
 * Which stack of layers an attention module belongs to. Layer 3 of an encoder and layer 3 of a decoder
 * are different sites; only "decoder", "cross" and "draft" keep a key/value cache.
 */
export type SiteKind = "decoder" | "cross" | "draft" | "encoder" | "vision";

/** One attention module of a checkpoint. `path` is its dotted name, such as `model.layers.7.self_attn`. */
export interface Site {
  readonly path: string;
  /** Index within its stack, from 0; the last purely decimal component of the path. */
  readonly layer: number;
  readonly kind: SiteKind;
}
