import type { Fields } from "./fields.js";

/** Always, never, or as a key of the config says (absent: false). */
export type Switch = boolean | { readonly key: string };

/** Which layers see a window only; `undefined`: all keys before. */
export type WindowRule = (config: Fields, layer: number) => number | undefined;

/** Experts of a layer, in the words of the config and of the tensors. */
export interface ExpertsRow {
  /** Path of the module below the layer. */
  readonly module: string;
  readonly count: string;
  readonly chosen: string;
  /** Key of the experts' width. */
  readonly width: string;
  readonly names: { readonly gate: string; readonly up: string; readonly down: string };
  readonly renormalised: Switch;
  /** False for a layer that has an ordinary feed-forward half. */
  readonly at: (config: Fields, layer: number) => boolean;
}

/** One architecture as data: where it departs from a plain decoder with root-mean-square norms and gated units. */
export interface Architecture {
  /** `model_type` of the text model's config. */
  readonly modelType: string;
  /** Where the config says none: the value of the family's own config class. */
  readonly absent: { readonly headSize?: number; readonly theta: number; readonly tied: boolean };
  readonly biases: { readonly input: Switch; readonly output: Switch; readonly feed: Switch };
  /** Query, key and value in one tensor, and gate and up in one. */
  readonly fused?: true;
  /** Norms of the heads of query and key. */
  readonly headNorms?: true;
  /** Norms store the weight less one, embeddings are scaled by √hidden, each half is normed again. */
  readonly gemma?: true;
  /** Key of the number whose inverse root scales logits; absent: the head size. */
  readonly scaleKey?: string;
  /** Keys of the soft caps of attention and of the output's logits. */
  readonly softcaps?: { readonly attention: string; readonly logits: string };
  readonly activationKey: string;
  readonly window: WindowRule;
  /** Layers with a window turn by this key's base (transformers 4), or by their own `rope_parameters`. */
  readonly windowTheta?: { readonly key: string; readonly absent: number };
  readonly experts?: ExpertsRow;
  /** Further keys that `window` and `experts` read, or that its configs have without effect. */
  readonly reads?: readonly string[];
}
