import type { Distribution } from "../attention/synthesize.js";
import type { Thresholds } from "../attention/verdict.js";
import type { BackendChoice } from "../backend/backend.js";
import type { Precision } from "../model/ops.js";
import type { ModelThresholds } from "../model/verdict.js";
import type { Writer } from "../numeric/quantise.js";
import type { Comparison } from "../runner/candidates.js";

/** Where `verify` takes its values from; "auto": the model itself where it can be run. */
export const DATA_CHOICES = ["auto", "model", "synthetic"] as const;
/** One of `DATA_CHOICES`. */
export type DataChoice = (typeof DATA_CHOICES)[number];

/** What `verify` is asked; every choice has a default. */
export interface VerifyInput extends Partial<Choices>, Partial<ModelChoices> {
  readonly ref: string;
  /** Scales to judge instead of the checkpoint's own: another REF, or "unit" for 1.0 everywhere. */
  readonly scales?: string;
  /** The checkpoint whose scales say how large synthetic values are; by default `ref` itself. */
  readonly fit?: string;
  /** A safetensors file of captured queries, keys and values, instead of the model's own or synthetic ones. */
  readonly activations?: string;
  readonly data?: DataChoice;
  readonly backend?: BackendChoice;
  readonly thresholds?: Partial<Thresholds>;
  readonly modelThresholds?: Partial<ModelThresholds>;
}

/** What a run depends on besides the checkpoint: the same choices give the same figures. */
export interface Choices {
  readonly distribution: Distribution;
  readonly seed: number;
  /** Keys of the sequence that each layer attends over; longest sequence of a model's run. */
  readonly keys: number;
  /** Of these, the last so many also ask. */
  readonly queries: number;
  readonly writer: Writer;
}

/** What a run of the model depends on besides. */
export interface ModelChoices {
  /** A text file, or a JSON file of token ids; neither: the built-in text. */
  readonly text: string;
  readonly tokens: string;
  readonly maxTokens: number;
  readonly precision: Precision;
  /** Other ways to keep the cache, in the same pass. */
  readonly compare: readonly Comparison[];
  /** Layers whose cache is 8-bit, by index; the others keep 16 bits. Absent: all. */
  readonly layers: readonly number[];
}

/** The choices of a run that makes none: long enough for the figures to settle, short enough for seconds. */
export const DEFAULTS: Choices = { distribution: "normal", seed: 0, keys: 512, queries: 4, writer: "cuda" };

/** The same for a run of the model, whose text has queries for all keys. */
export const MODEL_DEFAULTS = { queries: 32, maxTokens: 2048, precision: "float32", compare: [] } as const;
