import type { Engine } from "../engine.js";

/** TensorRT-LLM's PyTorch backend. */
export const TENSORRT_LLM: Engine = {
  id: "tensorrt-llm",
  title: "TensorRT-LLM",
  versions: "TensorRT-LLM 1.x, PyTorch backend",
  accepts: ["modelopt"],
  emit: { spelling: "modelopt", shape: [], dialects: ["modelopt"] },
  perHead: false,
  roles: ["k", "v"],
  files: "indexed",
  e5m2: "there is no e5m2 cache",
  fnuz: "NVIDIA GPUs only",
  switchedOnBy: ["compressed-tensors", "modelopt", "modelopt-inline"],
  without: "unit",
  launch: "trtllm-serve DIR",
  limits: [
    {
      text: "an FP8 cache always runs at scale 1.0; stored scales are used for an NVFP4 cache only",
      certainty: "verified",
      source: "TensorRT-LLM _torch/modules/linear.py (kv_scales, TRTLLM_LOAD_KV_SCALES)",
    },
    {
      text: "a compressed-tensors block without config_groups is a ValueError",
      certainty: "verified",
      source: "TensorRT-LLM models/quant_config_utils.py @21156a7",
    },
  ],
  sources: [
    "TensorRT-LLM tensorrt_llm/quantization/modelopt_config.py @2edf354",
    "TensorRT-LLM tensorrt_llm/models/quant_config_utils.py @21156a7",
  ],
};
