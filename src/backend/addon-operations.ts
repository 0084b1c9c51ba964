import type { AddonCancelFlag, AddonFormat } from "./addon-words.js";

/** The operations of a decoder layer; all reject like `attend`. Shapes mean what `native/contract.h` says. */
export interface AddonOperations {
  linear(task: AddonLinear, flag?: AddonCancelFlag): Promise<void>;
  rmsNorm(task: AddonRmsNorm, flag?: AddonCancelFlag): Promise<void>;
  rotate(task: AddonRotate, flag?: AddonCancelFlag): Promise<void>;
  gate(task: AddonGate, flag?: AddonCancelFlag): Promise<void>;
  takeLogits(task: AddonLogits, flag?: AddonCancelFlag): Promise<void>;
}

/** Activations by number. */
export const ADDON_ACTIVATION = { silu: 0, gelu: 1, "gelu-tanh": 2 } as const;
/** The number of an activation. */
export type AddonActivation = (typeof ADDON_ACTIVATION)[keyof typeof ADDON_ACTIVATION];

interface Job {
  /** 0: as many as the machine runs at once. The result never depends on it. */
  readonly threads: number;
  /** An instruction set by name; absent: KVSCALE_ISA, else the best. */
  readonly isa?: string;
}

/** A stored weight [rows, columns]. */
export interface AddonMatrix {
  readonly format: AddonFormat;
  readonly rows: number;
  readonly columns: number;
  readonly data: Uint8Array;
  /** One per block, row-major over blocks of `blockRows` by `blockColumns`; absent: 1. */
  readonly scales?: Float32Array;
  readonly blockRows?: number;
  readonly blockColumns?: number;
}

/** `output = input · weightsᵀ (+ bias)`. */
export interface AddonLinear extends Job {
  readonly tokens: number;
  /** [tokens, columns] */
  readonly input: Float32Array;
  readonly weights: AddonMatrix;
  /** [rows] */
  readonly bias?: Float32Array;
  /** Factors rounded to BF16, else float32. */
  readonly bfloat16: boolean;
  /** Written: [tokens, rows]. */
  readonly output: Float32Array;
}

/** Norm of rows as wide as the weight. */
export interface AddonRmsNorm extends Job {
  readonly rows: number;
  readonly input: Float32Array;
  readonly weight: Float32Array;
  readonly epsilon: number;
  readonly offset: number;
  /** Written; may be `input`. */
  readonly output: Float32Array;
}

/** Rotation in place of [positions.length, heads, headSize]. */
export interface AddonRotate extends Job {
  readonly values: Float32Array;
  readonly heads: number;
  readonly headSize: number;
  readonly features: number;
  readonly positions: Int32Array;
  /** Rows of `cos` and `sin`, each of features / 2. */
  readonly table: number;
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** `output = activation(gate) · up`; `output` may be either. */
export interface AddonGate extends Job {
  readonly gate: Float32Array;
  readonly up: Float32Array;
  readonly activation: AddonActivation;
  readonly output: Float32Array;
}

/** Logits [streams, targets.length, width] taken up into sums [streams, targets.length]. */
export interface AddonLogits extends Job {
  readonly logits: Float32Array;
  readonly first: number;
  readonly width: number;
  readonly streams: number;
  readonly targets: Int32Array;
  readonly softcap: number;
  readonly max: Float64Array;
  readonly top: Int32Array;
  readonly sum: Float64Array;
  readonly cross: Float64Array;
  readonly target: Float64Array;
}
