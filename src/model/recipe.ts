import type { Activation } from "./ops.js";
import type { Rope } from "./rope.js";

/** Some whole rows of a stored matrix [of, columns]; a fused projection is read as several of these. */
export interface MatrixPart {
  readonly tensor: string;
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
  /** Rows that the tensor must have. */
  readonly of: number;
}

/** Some neighbouring numbers of a stored vector [of]. */
export interface VectorPart {
  readonly tensor: string;
  readonly first: number;
  readonly length: number;
  readonly of: number;
}

/** `x · Wᵀ (+ bias)`. */
export interface LinearRecipe {
  readonly weights: MatrixPart;
  readonly bias?: VectorPart;
}

/** A root-mean-square norm; see `RmsNorm`. */
export interface NormRecipe {
  readonly weight: VectorPart;
  readonly epsilon: number;
  readonly offset: 0 | 1;
}

/** Attention of one layer: projections, norms of heads, rotation, and how logits become weights. */
export interface AttentionRecipe {
  readonly query: LinearRecipe;
  readonly key: LinearRecipe;
  readonly value: LinearRecipe;
  readonly output: LinearRecipe;
  /** Over each head, before the rotation. */
  readonly queryNorm?: NormRecipe;
  readonly keyNorm?: NormRecipe;
  /** Index into `Recipe.ropes`. */
  readonly rope: number;
  readonly softmaxScale: number;
  /** Keys that a query sees, itself included; absent: all before it. */
  readonly window?: number;
  readonly softcap?: number;
}

/** `down(activation(gate(x)) · up(x))`. */
export interface GatedRecipe {
  readonly gate: LinearRecipe;
  readonly up: LinearRecipe;
  readonly down: LinearRecipe;
}

/** The feed-forward half of a layer: one gated unit, or some of many, weighted by a router's softmax. */
export type FeedRecipe =
  | { readonly kind: "dense"; readonly unit: GatedRecipe }
  | {
      readonly kind: "experts";
      readonly router: LinearRecipe;
      readonly experts: readonly GatedRecipe[];
      /** Experts that each token goes to. */
      readonly chosen: number;
      /** True where the weights of the chosen are made to sum to 1. */
      readonly renormalised: boolean;
    };

/** One decoder layer. The norms after each half, before its sum with the residual, are Gemma's. */
export interface LayerRecipe {
  readonly index: number;
  /** Dotted path of the attention module, as scale tables name it. */
  readonly path: string;
  readonly attentionNorm: NormRecipe;
  readonly attention: AttentionRecipe;
  readonly afterAttention?: NormRecipe;
  readonly feedNorm: NormRecipe;
  readonly feed: FeedRecipe;
  readonly afterFeed?: NormRecipe;
}

/** Everything that a forward pass of a decoder must know, as data: which tensors, and what is done with them. */
export interface Recipe {
  readonly modelType: string;
  readonly hidden: number;
  readonly vocabulary: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly activation: Activation;
  readonly embedding: MatrixPart;
  /** Hidden states are the rows of the embedding times this. */
  readonly embeddingScale: number;
  readonly layers: readonly LayerRecipe[];
  readonly ropes: readonly Rope[];
  readonly finalNorm: NormRecipe;
  /** The embedding itself where the two are tied. */
  readonly head: LinearRecipe;
  /** Soft cap of the logits; 0: off. */
  readonly logitSoftcap: number;
}
