/** `model_type` words whose classes call `get_kv_scales`. TGI models/__init__.py and custom_modeling @db931fc. */
export const TGI_READERS: readonly string[] = [
  ...[
    "llama",
    "phi3",
    "granite",
    "baichuan",
    "phimoe",
    "mistral",
    "mixtral",
    "qwen2",
    "starcoder2",
    "cohere",
  ],
  ...[
    "dbrx",
    "gemma",
    "gemma2",
    "gemma3",
    "gemma3_text",
    "deepseek_v2",
    "deepseek_v3",
    "phi",
    "gpt2",
    "gptj",
  ],
  ...["gpt_neox", "gpt_bigcode", "santacoder", "falcon", "RefinedWeb", "RefinedWebModel", "llava_next"],
  ...["paligemma", "idefics2", "idefics3", "qwen2_vl", "qwen2_5_vl", "mllama"],
];

/** Model types that PR 2028 starts with an FP8 cache. TGI PR 2028 models/__init__.py @0a5b19a. */
export const TGI_2028_READERS: readonly string[] = ["llama", "phi3"];

/** Classes whose loader calls `maybe_remap_kv_scale_name`. SGLang srt/models @6ed5780. */
export const SGLANG_READERS: readonly string[] = [
  ...["LlamaForCausalLM", "Phi3ForCausalLM", "InternLM3ForCausalLM", "IQuestCoderForCausalLM"],
  ...["MistralForCausalLM", "Ministral3ForCausalLM", "TeleFLMForCausalLM", "Llama4ForCausalLM"],
  ...["Llama4ForConditionalGeneration", "Qwen3ForCausalLM", "Qwen3Model", "SDARForCausalLM"],
  ...["SDARMoeForCausalLM", "ApertusForCausalLM", "ArceeForCausalLM", "CohereForCausalLM"],
  ...["Cohere2ForCausalLM", "DbrxForCausalLM", "Exaone4ForCausalLM", "Gemma2ForCausalLM"],
  ...["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration", "Gemma3nForCausalLM"],
  ...["Gemma3nForConditionalGeneration", "Gemma4ForCausalLM", "Gemma4ForConditionalGeneration"],
  ...["GPTJForCausalLM", "HunYuanMoEV1ForCausalLM", "HunYuanDenseV1ForCausalLM"],
  ...["KimiK3ForConditionalGeneration", "KimiLinearForCausalLM", "KimiVLForConditionalGeneration"],
  ...["MiniMaxM2ForCausalLM", "MiniMaxM3SparseForCausalLM", "MiniMaxM3SparseForConditionalGeneration"],
  ...["NemotronHForCausalLM", "NemotronHPuzzleForCausalLM", "DeciLMForCausalLM", "PhiMoEForCausalLM"],
  // By mappers of their own: Qwen3.5 and Qwen3-Next, and latent attention as in DeepSeek.
  ...["Qwen3_5ForCausalLM", "Qwen3_5MoeForCausalLM", "Qwen3_5ForConditionalGeneration"],
  ...["Qwen3_5MoeForConditionalGeneration", "Qwen3NextForCausalLM", "DeepseekV2ForCausalLM"],
  ...["DeepseekV3ForCausalLM", "DeepseekV32ForCausalLM", "Glm4MoeLiteForCausalLM", "LongcatFlashForCausalLM"],
];

/** Model types with `load_kv_cache_scales` for a JSON sidecar. SGLang srt/models @6ed5780. */
export const SGLANG_SIDECAR_READERS: readonly string[] = [
  ...["llama", "mistral", "qwen2", "qwen3", "glm4", "hunyuan", "mimo", "mimo_v2", "opt", "arcee", "apertus"],
  ...["exaone4", "solar"],
];

/**
 * Classes whose own loader drops scales that have no parameter, where other classes stop with a
 * ValueError. vLLM model_executor/models @017e9f4, the files that call `maybe_remap_kv_scale_name`.
 */
export const VLLM_FORGIVING: readonly string[] = [
  ...["AXK1ForCausalLM", "BailingMoeV2_5ForCausalLM", "BailingMoeV3ForCausalLM", "DbrxForCausalLM"],
  ...["DeepseekForCausalLM", "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM", "DeepseekV32ForCausalLM"],
  ...["GlmMoeDsaForCausalLM", "Gemma4ForCausalLM", "Gemma4ForConditionalGeneration"],
  ...["Glm4MoeLiteForCausalLM", "GptOssForCausalLM", "GraniteMoeForCausalLM", "HunYuanMoEV1ForCausalLM"],
  ...["HunYuanDenseV1ForCausalLM", "HYV3ForCausalLM", "IQuestLoopCoderForCausalLM", "Llama4ForCausalLM"],
  ...["MiMoV2FlashForCausalLM", "MiMoV2ForCausalLM"],
];

/** Model types that mistral.rs loads scales for. mistralrs-core/src/vision_models/qwen3_5 @9e92262. */
export const MISTRALRS_READERS: readonly string[] = [
  ...["qwen3_5", "qwen3_5_moe", "qwen3_5_text", "qwen3_5_moe_text"],
  ...["Qwen3_5ForConditionalGeneration", "Qwen3_5MoeForConditionalGeneration"],
];

/** Model types with an fp8-kv branch. LoRAX server/lorax_server/models/custom_modeling @a7394ba. */
export const LORAX_READERS: readonly string[] = [
  ...["llama", "mistral", "qwen", "qwen2", "solar", "gemma", "gemma2"],
];
