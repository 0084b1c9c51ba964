import type { BackendChoice } from "../backend/backend.js";
import type { Granularity } from "../calibration/choose.js";
import type { Part } from "../calibration/statistics.js";
import type { EngineId } from "../engines/engine.js";
import type { Precision } from "../model/ops.js";
import type { CacheFormat } from "../scales/table.js";
import type { Writing } from "./write.js";

/** How scales follow from what a cache would hold: the largest value, most values, or the smallest error. */
export const METHODS = ["max", "percentile", "mse"] as const;
/** One of `METHODS`. */
export type Method = (typeof METHODS)[number];

/** What `calibrate` is asked; every choice but the checkpoint has a default. */
export interface CalibrateInput extends Partial<CalibrateChoices> {
  readonly ref: string;
  /** A text file, or a JSON file of token ids; neither: the built-in text. */
  readonly text?: string;
  readonly tokens?: string;
  readonly backend?: BackendChoice;
  /** The share of the sequences that this run takes. */
  readonly shard?: Pick<Part, "index" | "of">;
  /** Where to write statistics, for other runs to combine. */
  readonly stats?: string;
  /** Statistics to compute scales from, instead of a run. */
  readonly fromStats?: readonly string[];
  /** Goes on where an interrupted run to the same output stopped. */
  readonly resume?: boolean;
  /** A `.safetensors` or `.json` file of scales. */
  readonly scaleFile?: { readonly path: string; readonly force: boolean; readonly strict?: boolean };
  /** A checkpoint with the scales in it. */
  readonly writing?: Writing;
  readonly engine?: EngineId;
  readonly ranks?: number;
  readonly replace?: boolean;
}

/** What the scales depend on besides the model and the text. */
export interface CalibrateChoices {
  readonly method: Method;
  /** Of "percentile": the share of magnitudes that must fit. */
  readonly percentile: number;
  readonly granularity: Granularity;
  readonly format: CacheFormat;
  /** Room above the chosen magnitude: 0.1 makes scales a tenth larger. */
  readonly margin: number;
  readonly sequenceLength: number;
  readonly maxTokens: number;
  readonly precision: Precision;
}

/** The choices of a run that makes none. */
export const CALIBRATE_DEFAULTS: CalibrateChoices = {
  method: "max",
  percentile: 0.9999,
  granularity: "tensor",
  format: "float8_e4m3fn",
  margin: 0,
  sequenceLength: 512,
  maxTokens: 8192,
  precision: "float32",
};
