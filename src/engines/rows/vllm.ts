import type { Engine } from "../engine.js";

/** vLLM since the loader of June 2026 (#43167). */
export const VLLM: Engine = {
  id: "vllm",
  title: "vLLM",
  versions: "vLLM since June 2026 (#43167)",
  accepts: [
    "k_scale",
    "modelopt",
    "fused-qkv",
    "twice-fused-qkv",
    "hunyuan",
    "runtime",
    "kv_scale",
    "quark",
    "mistral",
  ],
  emit: { spelling: "k_scale", shape: [], dialects: ["compressed-tensors"] },
  perHead: true,
  roles: ["k", "v", "q", "prob"],
  files: "indexed",
  e5m2: "fp8_e5m2 is a ValueError with fp8, modelopt and quark weights and under a kv_cache_scheme",
  fnuz: "fp8, modelopt and quark scales are doubled on MI300; compressed-tensors scales are not",
  switchedOnBy: ["compressed-tensors", "modelopt", "modelopt-inline"],
  without: "unit",
  launch: "vllm serve DIR",
  limits: [
    {
      text: "scales in a checkpoint without quantization_config are a ValueError for most models",
      certainty: "verified",
      source: "vLLM model_executor/models/utils.py @017e9f4",
    },
    {
      text: "one scale per head only under a compressed-tensors scheme with strategy attn_head",
      certainty: "verified",
      source: "vLLM quantization/compressed_tensors/compressed_tensors.py @017e9f4",
    },
    {
      text: "the kv_scale of a compressed-tensors checkpoint fills k only, v runs at 1.0",
      certainty: "verified",
      source: "vLLM quantization/compressed_tensors/compressed_tensors.py @017e9f4",
    },
    {
      text: "AWQ and GPTQ checkpoints have no KV method, their scales are dropped",
      certainty: "verified",
      source: "vLLM quantization/base_config.py @017e9f4",
    },
  ],
  sources: [
    "https://github.com/vllm-project/vllm/pull/43167",
    "vLLM model_executor/models/utils.py @017e9f4",
    "vLLM model_executor/layers/quantization/kv_cache.py @017e9f4",
    "vLLM model_executor/layers/quantization/compressed_tensors/compressed_tensors.py @017e9f4",
  ],
};

/** vLLM from 0.7.0 to the loader of June 2026; where it changed meanwhile, its last state. */
export const VLLM_LEGACY: Engine = {
  ...VLLM,
  id: "vllm-legacy",
  title: "vLLM before June 2026",
  versions: "vLLM 0.7.0 (January 2025) to May 2026, in its last state",
  accepts: ["k_scale", "modelopt", "fused-qkv", "twice-fused-qkv", "hunyuan", "kv_scale", "quark", "mistral"],
  limits: [
    {
      text: "scales in a checkpoint without quantization_config are dropped with a warning",
      certainty: "verified",
      source: "vLLM model_loader/weight_utils.py @62215e7^",
    },
    {
      text: "before 22 January 2026 compressed-tensors scales followed the rules of fp8 checkpoints: one number per layer, output_scale names, kv_scale for both, doubled on MI300",
      certainty: "verified",
      source: "https://github.com/vllm-project/vllm/pull/30141",
    },
    ...VLLM.limits.slice(1),
  ],
  sources: [
    "vLLM model_executor/model_loader/weight_utils.py @62215e7^",
    "vLLM model_executor/models/llama.py @62215e7^",
    "https://github.com/vllm-project/vllm/pull/30141",
  ],
};
