import type { Engine } from "../engine.js";

/** LightLLM: scales from its own calibration file, given on the command line. */
export const LIGHTLLM: Engine = {
  id: "lightllm",
  title: "LightLLM",
  versions: "LightLLM of August 2026",
  accepts: ["lightllm"],
  emit: { shape: [], dialects: [], sidecar: "lightllm", sidecarPath: "kv_cache_calib.json" },
  perHead: true,
  roles: ["k", "v"],
  files: "none",
  e5m2: "calibration files are for e4m3fn",
  fnuz: "NVIDIA GPUs only",
  switchedOnBy: [],
  without: "16-bit",
  launch:
    "python -m lightllm.server.api_server --model_dir DIR --llm_kv_type fp8kv_spt --kv_quant_calibration_config_path DIR/kv_cache_calib.json",
  limits: [
    {
      text: "the file's architecture, layers and quant_type must be those of the model and the chosen type",
      certainty: "verified",
      source: "LightLLM common/kv_cache_mem_manager/fp8_static_per_tensor_quant_mem_manager.py @87881ae",
    },
    {
      text: "fp8kv_spt needs flashinfer-python 0.6.5; one scale per head is fp8kv_sph with FlashAttention 3",
      certainty: "verified",
      source: "LightLLM docs/EN/source/tutorial/fp8_kv_quantization.rst @87881ae",
    },
  ],
  sources: [
    "LightLLM lightllm/common/kv_cache_mem_manager/fp8_static_per_tensor_quant_mem_manager.py @87881ae",
    "LightLLM docs/EN/source/tutorial/fp8_kv_quantization.rst @87881ae",
  ],
};

/** KsanaLLM: kv_cache_scales.json in the model folder, one number for keys and values. */
export const KSANALLM: Engine = {
  id: "ksanallm",
  title: "KsanaLLM",
  versions: "KsanaLLM of February 2026",
  accepts: ["kv-cache-scales"],
  emit: { shape: [], dialects: [], sidecar: "kv-cache-scales", sidecarPath: "kv_cache_scales.json" },
  perHead: false,
  roles: ["kv"],
  files: "none",
  e5m2: "an fp8_e5m2 cache runs without scales",
  fnuz: "no scale is changed for MI300",
  switchedOnBy: [],
  without: "unit",
  launch: "python serving_server.py --config_file ksana_llm.yaml",
  limits: [
    {
      text: 'ranks other than "0" are not read; another number of layers than the model\'s means 1.0 everywhere',
      certainty: "verified",
      source: "KsanaLLM src/ksana_llm/utils/config/schedule_config_parser.cpp @c451219",
    },
    {
      text: "the FP8 cache is switched on in ksana_llm.yaml: setting.quantization_config.kv_cache.dtype: fp8_e4m3",
      certainty: "verified",
      source: "KsanaLLM examples/ksana_llm.yaml @c451219",
    },
  ],
  sources: [
    "KsanaLLM src/ksana_llm/utils/config/schedule_config_parser.cpp @c451219",
    "KsanaLLM src/ksana_llm/python/kv_scale_files/README.md @c451219",
  ],
};
