import type { Engine } from "../engine.js";

/** SGLang since it loads compressed-tensors scales (#35455, merged after 19 August 2026). */
export const SGLANG: Engine = {
  id: "sglang",
  title: "SGLang",
  versions: "SGLang since #35455 (late August 2026)",
  accepts: ["k_scale", "modelopt", "kv_scale", "quark"],
  // The parameter to fill has no dimension (quantization/kv_cache.py), and one number of shape [1] would do as well.
  emit: { spelling: "k_scale", shape: [], dialects: ["compressed-tensors"] },
  perHead: false,
  roles: ["k", "v"],
  files: "indexed",
  e5m2: "no scales are meant for an fp8_e5m2 cache",
  fnuz: "scales are doubled on MI300",
  switchedOnBy: ["compressed-tensors", "modelopt", "modelopt-inline"],
  without: "unit",
  launch: "python -m sglang.launch_server --model-path DIR --kv-cache-dtype fp8_e4m3",
  limits: [
    {
      text: "only static symmetric per-tensor compressed-tensors schemes; others are skipped with a warning",
      certainty: "reported",
      source: "https://github.com/sgl-project/sglang/pull/35455",
    },
    {
      text: "only model classes whose loader calls the name mapping read scales",
      certainty: "verified",
      source: "SGLang srt/models @6ed5780",
    },
  ],
  sources: [
    "https://github.com/sgl-project/sglang/pull/35455",
    "SGLang srt/model_loader/weight_utils.py @6ed5780",
    "SGLang srt/layers/quantization/kv_cache.py @6ed5780",
  ],
};

/** SGLang before #35455: no KV method for compressed-tensors. */
export const SGLANG_LEGACY: Engine = {
  ...SGLANG,
  id: "sglang-legacy",
  title: "SGLang before #35455",
  versions: "SGLang to August 2026",
  emit: {
    spelling: "k_scale",
    shape: [],
    dialects: [],
    sidecar: "kv-cache-scales",
    sidecarPath: "kv_cache_scales.json",
  },
  switchedOnBy: ["modelopt", "modelopt-inline"],
  launch:
    "python -m sglang.launch_server --model-path DIR --kv-cache-dtype fp8_e4m3 --quantization-param-path DIR/kv_cache_scales.json",
  limits: [
    {
      text: "scales of 16-bit and compressed-tensors checkpoints are dropped; fp8, modelopt and quark ones load",
      certainty: "verified",
      source: "SGLang srt/layers/quantization @6ed5780",
    },
    {
      text: "scales from kv_cache_scales.json crash FlashAttention 3 or are not used by it",
      certainty: "reported",
      source: "https://github.com/sgl-project/sglang/issues/18818",
    },
  ],
  sources: [
    "SGLang srt/model_loader/weight_utils.py @6ed5780",
    "SGLang srt/layers/quantization/kv_cache.py @6ed5780",
    "https://github.com/sgl-project/sglang/issues/18818",
  ],
};
