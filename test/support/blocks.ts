/** `kv_cache_scheme` of compressed-tensors as llm-compressor writes it. */
export const SCHEME = { type: "float", num_bits: 8, strategy: "tensor", symmetric: true, dynamic: false };

/** The KV-only block that kvscale writes for a 16-bit base. */
export const KV_ONLY_BLOCK = {
  quant_method: "compressed-tensors",
  config_groups: {},
  ignore: ["Linear"],
  format: "dense",
  quantization_status: "frozen",
  kv_cache_scheme: SCHEME,
};

/** The KV-only block as llm-compressor writes it. */
export const LLM_COMPRESSOR_BLOCK = { ...KV_ONLY_BLOCK, ignore: [], quantization_status: "compressed" };

/** AutoFP8's block. */
export const AUTOFP8_BLOCK = { quant_method: "fp8", activation_scheme: "static", kv_cache_scheme: "static" };

/** Quark's block, as far as the cache goes. */
export const QUARK_BLOCK = {
  quant_method: "quark",
  export: { kv_cache_group: ["*k_proj", "*v_proj"] },
  layer_quant_config: {
    "*k_proj": { output_tensors: { dtype: "fp8_e4m3", qscheme: "per_tensor" } },
    "*v_proj": { output_tensors: { dtype: "fp8_e4m3", qscheme: "per_tensor" } },
  },
};

/** ModelOpt's inline block, with FP8 weights. */
export const MODELOPT_BLOCK = {
  quant_method: "modelopt",
  quant_algo: "FP8",
  kv_cache_scheme: { type: "float", num_bits: 8, dynamic: false },
};
