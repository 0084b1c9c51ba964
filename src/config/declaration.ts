import type { Finding } from "../finding.js";

/** How a config can declare an FP8 KV cache; the ids of the dialect table. */
export type DialectId =
  | "kv_cache_torch_dtype"
  | "kv_cache_dtype"
  | "compressed-tensors"
  | "autofp8"
  | "modelopt"
  | "modelopt-inline"
  | "quark";

/** One statement about the KV cache found in a config file, as the engines would read it. */
export interface Declaration {
  readonly dialect: DialectId;
  /** `config.json` or `hf_quant_config.json`. */
  readonly file: string;
  /** JSON path of the deciding key, such as `quantization_config.kv_cache_scheme`. */
  readonly path: string;
  /** What the cache is said to hold; "unknown" when the words fit no known value. */
  readonly cache: "float8_e4m3fn" | "float8_e4m3fnuz" | "int8" | "nvfp4" | "none" | "unknown";
  /** One number per layer, or one per KV head; absent where the dialect cannot say or did not say. */
  readonly strategy?: "tensor" | "attn_head";
  /** True when scales are computed while serving, so stored ones are not used. */
  readonly dynamic: boolean;
  /** Observer and producer named by the config, where it names them. */
  readonly observer?: string;
  readonly producer?: string;
  /** What is wrong with the declaration itself: missing `strategy`, unknown keys, contradicting places. */
  readonly findings: readonly Finding[];
}

/**
 * What the weights' own quantisation is, since engines choose their KV-cache method by it.
 * "none" means a 16-bit checkpoint; a KV-only block counts as "compressed-tensors" with `kvOnly`.
 */
export interface WeightQuantization {
  readonly method: "none" | "fp8" | "compressed-tensors" | "modelopt" | "quark" | "awq" | "gptq" | "other";
  /** `quant_method` as written. */
  readonly word?: string;
  /** True when only the KV cache is quantised and the weights are 16-bit. */
  readonly kvOnly: boolean;
}
