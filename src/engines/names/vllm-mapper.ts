import { type Rewrite, rewriteAll } from "./rewrite.js";

/** Whose mapper: that of the fp8 config, of Quark's, or the base class's (compressed-tensors, modelopt, …). */
export type MapperKind = "base" | "fp8" | "quark";

/**
 * What vLLM calls a checkpoint tensor after `get_cache_scale_mapper` of the quantisation config. It knows
 * no parameters and drops nothing; the loader decides afterwards. All matching rules apply, in order.
 * Source: vLLM quantization/base_config.py, fp8.py, quark/quark.py @017e9f4 (since #43167, June 2026).
 */
export function vllmMapper(name: string, kind: MapperKind): string {
  const mapped = rewriteAll(name, BASE);
  return kind === "base" ? mapped : rewriteAll(mapped, OUTPUT_SCALES);
}

const BASE: readonly Rewrite[] = [
  { pattern: /\.kv_scale$/, replacement: ".attn.k_scale" },
  { pattern: /\.self_attn\.[kv]_proj\.([kv])_scale$/, replacement: ".self_attn.attn.$1_scale" },
  { pattern: /\.self_attn\.qk(?:qk)?v_proj\.([kv])_scale$/, replacement: ".self_attn.attn.$1_scale" },
  { pattern: /\.mixer\.[kv]_proj\.([kv])_scale$/, replacement: ".mixer.attn.$1_scale" },
  { pattern: /\.self_attn\.q\.scale$/, replacement: ".self_attn.attn.q_scale" },
  { pattern: /\.self_attn\.([kv])_cache\.scale$/, replacement: ".self_attn.attn.$1_scale" },
  { pattern: /(?<!\.attn)\.([qkv])_scale$/, replacement: ".attn.$1_scale" },
  { pattern: /(?<!\.attn)\.([qkv])_zero_point$/, replacement: ".attn.$1_zero_point" },
];

const OUTPUT_SCALES: readonly Rewrite[] = [
  { pattern: /\.([qkv])_proj\.output_scale$/, replacement: ".attn.$1_scale" },
  { pattern: /\.self_attn\.prob_output_scale$/, replacement: ".self_attn.attn.prob_scale" },
];
