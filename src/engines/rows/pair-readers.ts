import type { Engine } from "../engine.js";

/** mistral.rs: strict about complete pairs, one model family. */
export const MISTRALRS: Engine = {
  id: "mistralrs",
  title: "mistral.rs",
  versions: "mistral.rs of August 2026",
  accepts: ["k_scale", "kv_scale"],
  emit: { spelling: "k_scale", shape: [], dialects: [] },
  perHead: false,
  roles: ["k", "v", "q"],
  files: "indexed",
  e5m2: "the cache is f8e4m3 only",
  fnuz: "no scale is changed for MI300",
  switchedOnBy: [],
  without: "unit",
  launch: "mistralrs serve -m DIR --pa-cache-type f8e4m3",
  limits: [
    {
      text: "only Qwen3.5 text, MoE and MTP models read scales",
      certainty: "verified",
      source: "mistral.rs mistralrs-core/src/vision_models/qwen3_5 @9e92262",
    },
    {
      text: "half pairs, kv_scale beside a pair, per-head shapes, zero and non-finite numbers are errors",
      certainty: "verified",
      source: "mistral.rs mistralrs-core/src/paged_attention/scales.rs @9e92262",
    },
  ],
  sources: ["mistral.rs mistralrs-core/src/paged_attention/scales.rs @9e92262"],
};

/** LoRAX with `--quantize fp8-kv`. */
export const LORAX: Engine = {
  id: "lorax",
  title: "LoRAX",
  versions: "LoRAX of May 2026",
  accepts: ["k_scale"],
  emit: { spelling: "k_scale", shape: [], dialects: [] },
  perHead: false,
  roles: ["k", "v"],
  files: "top-level",
  e5m2: "the cache is e4m3 only",
  fnuz: "NVIDIA GPUs only",
  switchedOnBy: [],
  without: "16-bit",
  launch: "lorax-launcher --model-id DIR --quantize fp8-kv",
  limits: [
    {
      text: "k_scale and v_scale of every layer are required, without fallback",
      certainty: "verified",
      source: "LoRAX server/lorax_server/models/custom_modeling/flash_llama_modeling.py @a7394ba",
    },
    {
      text: "fp8-kv means FP8 weights too: a 16-bit checkpoint has no weight_scale and does not load",
      certainty: "derived",
      source: "LoRAX server/lorax_server/layers/fp8.py, utils/weights.py @a7394ba",
    },
  ],
  sources: [
    "https://github.com/predibase/lorax/pull/624",
    "LoRAX server/lorax_server/models/custom_modeling/flash_llama_modeling.py @a7394ba",
  ],
};

/** llama.cpp's converter to GGUF, which knows no KV scales. */
export const LLAMA_CPP: Engine = {
  id: "llama.cpp",
  title: "llama.cpp's converter",
  versions: "convert_hf_to_gguf of August 2026",
  accepts: [],
  emit: { shape: [], dialects: [], strip: true },
  perHead: false,
  roles: [],
  files: "top-level",
  e5m2: "GGUF has no FP8 cache scales",
  fnuz: "GGUF has no FP8 cache scales",
  switchedOnBy: [],
  without: "16-bit",
  limits: [
    {
      text: "k_scale and v_scale are skipped in modelopt checkpoints; any other scale is a ValueError",
      certainty: "derived",
      source: "auto-round auto_round/export/export_to_gguf/conversion/base.py @b9f3d00 (vendored converter)",
    },
  ],
  sources: ["auto-round auto_round/export/export_to_gguf/conversion/base.py @b9f3d00 (vendored converter)"],
};
