/** Shape facts of a model's attention, from config.json; absent where the config does not say. */
export interface Geometry {
  readonly modelType?: string;
  readonly architectures: readonly string[];
  readonly layers?: number;
  readonly queryHeads?: number;
  readonly kvHeads?: number;
  readonly headSize?: number;
  /** 16-bit type of the weights as declared: "bfloat16", "float16", "float32". */
  readonly dtype?: string;
}
