import type { Fp8Format } from "../numeric/fp8.js";
import type { HalfFormat } from "../numeric/half-arrays.js";

/** What one stored weight is. */
export type WeightType = "float32" | HalfFormat | Fp8Format;

/** How products are taken: in float32, or of BF16 factors with float32 sums. */
export type Precision = "float32" | "bfloat16";

/** Multipliers of a quantised weight, one a block: `weight = code · scale`. One block may be the whole matrix. */
export interface BlockScales {
  /** [⌈rows / blockRows⌉, ⌈columns / blockColumns⌉]. */
  readonly values: Float32Array;
  readonly blockRows: number;
  readonly blockColumns: number;
}

/** A weight as its checkpoint stores it: [rows, columns], row-major, little-endian. It maps x to `x · Wᵀ`. */
export interface Matrix {
  readonly type: WeightType;
  readonly rows: number;
  readonly columns: number;
  /** rows · columns elements. */
  readonly bytes: Uint8Array;
  /** For FP8 only; absent: 1. */
  readonly scales?: BlockScales;
}

/** `output[t, r] = Σ input[t, c] · weights[r, c] (+ bias[r])`. */
export interface Linear {
  /** [tokens, columns]. */
  readonly input: Float32Array;
  readonly weights: Matrix;
  /** [rows]. */
  readonly bias?: Float32Array;
  readonly precision: Precision;
  /** Written: [tokens, rows]. */
  readonly output: Float32Array;
}

/** Root-mean-square norm of each row: `x / √(mean(x²) + epsilon) · (offset + weight)`. */
export interface RmsNorm {
  /** [rows, width]: of hidden states, or of heads. */
  readonly input: Float32Array;
  /** [width]. */
  readonly weight: Float32Array;
  readonly epsilon: number;
  /** 1 where the checkpoint stores the weight less one (Gemma), else 0. */
  readonly offset: 0 | 1;
  /** Written: [rows, width]; may be `input` itself. */
  readonly output: Float32Array;
}

/** Rotary position embedding, in place: feature i of the first half turns with feature i of the second half. */
export interface Rotate {
  /** [tokens, heads, headSize]; features beyond the rotary ones stay. */
  readonly values: Float32Array;
  readonly heads: number;
  readonly headSize: number;
  /** [tokens]: row of `cos` and `sin`. */
  readonly positions: Int32Array;
  /** How many features of a head turn, from the first on; even. */
  readonly features: number;
  /** [positions, features / 2], attention factor included. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** The nonlinearity of a gated feed-forward layer. */
export type Activation = "silu" | "gelu" | "gelu-tanh";

/** `output = activation(gate) · up`, element by element. */
export interface Gate {
  readonly gate: Float32Array;
  readonly up: Float32Array;
  readonly activation: Activation;
  /** Written; may be `gate` or `up`. */
  readonly output: Float32Array;
}

/**
 * Some columns of the logits of several streams over the same tokens, taken up into running sums, so that a
 * vocabulary of any size passes through a buffer of any width. Stream 0 is the one that others are compared with.
 */
export interface LogitSlice {
  /** [streams, tokens, width]: columns `first` … `first + width − 1`. */
  readonly logits: Float32Array;
  readonly first: number;
  readonly width: number;
  readonly streams: number;
  /** [tokens]: the id that follows each token; −1: none. */
  readonly targets: Int32Array;
  /** logit becomes softcap · tanh(logit / softcap); 0: off. */
  readonly softcap: number;
  readonly sums: LogitSums;
}

/** Running sums over the vocabulary, [streams, tokens] each; see `startLogits` and `finishLogits`. */
export interface LogitSums {
  readonly tokens: number;
  /** Largest logit so far, and its id: the first of equal ones; −1 before any. */
  readonly max: Float64Array;
  readonly top: Int32Array;
  /** Σ exp(logit − max). */
  readonly sum: Float64Array;
  /** Σ exp(logit₀ − max₀) · (logit₀ − logit), of stream 0 against each stream: what its KL divergence needs. */
  readonly cross: Float64Array;
  /** Logit of the target; NaN until it came by. */
  readonly target: Float64Array;
}
