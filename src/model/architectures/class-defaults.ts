import type { Json, JsonObject } from "../../document/json.js";

/**
 * What transformers' config class of an architecture says where config.json says nothing: multimodal checkpoints
 * leave these out of their `text_config` (llava-1.5, gemma-3-4b). An explicit null is something said. Source:
 * `configuration_*.py` @008e574, of gemma3 @008f5c8.
 */
export function withClassDefaults(modelType: string, config: JsonObject): JsonObject {
  return new Map([...(DEFAULTS.get(modelType) ?? []), ...renamed(modelType, config)]);
}

/** Later names of a field, by the name that stands for it here: what transformers 5.17's `save_pretrained` writes. */
const LATER_NAMES: ReadonlyMap<string, readonly [later: string, known: string]> = new Map([
  ["qwen3_moe", ["num_local_experts", "num_experts"]],
]);

function renamed(modelType: string, config: JsonObject): JsonObject {
  const [later = "", known = ""] = LATER_NAMES.get(modelType) ?? [];
  if (!config.has(later) || config.has(known)) return config;
  return new Map([...config].map(([key, value]) => [key === later ? known : key, value]));
}

/** Names of the numbers below, in their order; kvHeads 0: as many as query heads. */
type Sizes = readonly [
  vocabulary: number,
  hidden: number,
  intermediate: number,
  layers: number,
  heads: number,
  kvHeads: number,
  epsilon: number,
  positions: number,
];

const DEFAULTS: ReadonlyMap<string, JsonObject> = new Map([
  ["llama", defaults([32_000, 4096, 11_008, 32, 32, 0, 1e-6, 2048])],
  ["mistral", defaults([32_000, 4096, 14_336, 32, 32, 8, 1e-6, 131_072])],
  ["qwen2", defaults([151_936, 4096, 22_016, 32, 32, 32, 1e-6, 32_768])],
  ["qwen3", defaults([151_936, 4096, 22_016, 32, 32, 32, 1e-6, 32_768])],
  ["phi3", defaults([32_064, 3072, 8192, 32, 32, 0, 1e-5, 4096], { original_max_position_embeddings: 4096 })],
  [
    "gemma2",
    defaults([256_000, 2304, 9216, 26, 8, 4, 1e-6, 8192], {
      query_pre_attn_scalar: 256,
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
    }),
  ],
  ["gemma3_text", defaults([262_208, 2304, 9216, 26, 8, 4, 1e-6, 131_072], { query_pre_attn_scalar: 256 })],
  [
    "mixtral",
    defaults([32_000, 4096, 14_336, 32, 32, 8, 1e-5, 131_072], {
      num_local_experts: 8,
      num_experts_per_tok: 2,
    }),
  ],
  [
    "qwen3_moe",
    defaults([151_936, 2048, 6144, 24, 32, 4, 1e-6, 32_768], {
      num_experts: 128,
      num_experts_per_tok: 8,
      moe_intermediate_size: 768,
    }),
  ],
]);

function defaults(sizes: Sizes, more: { readonly [key: string]: number } = {}): JsonObject {
  const [vocabulary, hidden, intermediate, layers, heads, kvHeads, epsilon, positions] = sizes;
  return new Map<string, Json>([
    ["vocab_size", vocabulary],
    ["hidden_size", hidden],
    ["intermediate_size", intermediate],
    ["num_hidden_layers", layers],
    ["num_attention_heads", heads],
    ["num_key_value_heads", kvHeads === 0 ? null : kvHeads],
    ["rms_norm_eps", epsilon],
    ["max_position_embeddings", positions],
    ...Object.entries(more),
  ]);
}
