import type { Parameters } from "./parameters.js";
import { type Rewrite, rewriteFirst } from "./rewrite.js";

/** Which loader is meant: since June 2026 a name that already is a parameter passes unchanged (#43167). */
export type RemapEdition = "current" | "legacy";

/**
 * What vLLM's model loaders call a checkpoint tensor after `maybe_remap_kv_scale_name`: the name of a
 * parameter, the name unchanged where it is no business of the mapping, or null where it is dropped.
 * Source: vLLM model_loader/weight_utils.py @017e9f4; legacy: @62215e72c6^.
 */
export function vllmRemap(
  name: string,
  parameters: Parameters,
  edition: RemapEdition = "current",
): string | null {
  if (edition === "current" && parameters.has(name)) return name;
  const target = targetOf(name, parameters.latent ? LATENT : ORDINARY);
  if (target === undefined) return name;
  return parameters.has(target) ? target : null;
}

/** kv_scale goes to `attn` even in a latent-attention model, where no such parameter exists. */
function targetOf(name: string, rules: readonly Rewrite[]): string | undefined {
  if (name.endsWith(".kv_scale")) return name.replaceAll(".kv_scale", ".attn.k_scale");
  return GATE.test(name) ? rewriteFirst(name, rules) : undefined;
}

const GATE = /\.(?:[qkv]_scale|[qkv]_zero_point|q\.scale|[kv]_cache\.scale)$/;

const rules = (module: string): readonly Rewrite[] => [
  // The letter of the scale wins over the letter of the projection.
  { pattern: /\.self_attn\.[kv]_proj\.([kv])_scale$/, replacement: `.self_attn.${module}.$1_scale` },
  { pattern: /\.self_attn\.qkv_proj\.([kv])_scale$/, replacement: ".self_attn.attn.$1_scale" },
  { pattern: /\.self_attn\.qkqkv_proj\.([kv])_scale$/, replacement: ".self_attn.attn.$1_scale" },
  { pattern: /\.mixer\.[kv]_proj\.([kv])_scale$/, replacement: ".mixer.attn.$1_scale" },
  { pattern: /\.self_attn\.q\.scale$/, replacement: ".self_attn.attn.q_scale" },
  { pattern: /\.self_attn\.([kv])_cache\.scale$/, replacement: ".self_attn.attn.$1_scale" },
  { pattern: /\.([qkv])_scale$/, replacement: ".attn.$1_scale" },
  { pattern: /\.([qkv])_zero_point$/, replacement: ".attn.$1_zero_point" },
];

const ORDINARY = rules("attn");
const LATENT = rules("mla_attn.mla_attn");
