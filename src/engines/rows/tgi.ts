import type { Engine } from "../engine.js";

/** Text Generation Inference since #2628 (October 2024). */
export const TGI: Engine = {
  id: "tgi",
  title: "TGI",
  versions: "text-generation-inference since 2.4 (#2628, October 2024)",
  accepts: ["k_scale", "kv_scale"],
  emit: { spelling: "k_scale", shape: [], dialects: [] },
  perHead: false,
  roles: ["k", "v"],
  files: "top-level",
  e5m2: "an fp8_e5m2 cache runs without scales",
  fnuz: "the scale is passed on as it is, nothing is doubled",
  switchedOnBy: ["compressed-tensors"],
  without: "unit",
  launch: "text-generation-launcher --model-id DIR --kv-cache-dtype fp8_e4m3fn",
  limits: [
    {
      text: "FP8 caches need FlashInfer or paged attention on CUDA, paged attention on ROCm, or IPEX",
      certainty: "verified",
      source: "TGI server/text_generation_server/layers/attention/kv_cache.py @db931fc",
    },
    {
      text: "kv_scale is read through the model's 16-bit type, k_scale and v_scale are not",
      certainty: "verified",
      source: "TGI kv_cache.py get_kv_scales @db931fc",
    },
    {
      text: 'a KV-only compressed-tensors block loads only with "Linear" in ignore and status frozen or compressed',
      certainty: "derived",
      source: "TGI layers/compressed_tensors/loader.py @db931fc",
    },
  ],
  sources: [
    "https://github.com/huggingface/text-generation-inference/pull/2628",
    "TGI server/text_generation_server/layers/attention/kv_cache.py @db931fc",
    "TGI server/text_generation_server/utils/hub.py, utils/weights.py @db931fc",
  ],
};

/** Builds of TGI's pull request 2028, the first with FP8 scales; never merged. */
export const TGI_2028: Engine = {
  id: "tgi-2028",
  title: "TGI of PR 2028",
  versions: "builds of text-generation-inference PR 2028 (July 2024)",
  accepts: ["kv_scale"],
  emit: { spelling: "kv_scale", shape: [], dialects: [], keepsBase: true },
  perHead: false,
  roles: ["kv"],
  files: "top-level",
  e5m2: "fp8_e5m2 with a kv_scale in the checkpoint is a RuntimeError",
  fnuz: "kv_cache_torch_dtype tells the file's base: float8_e4m3fn is doubled on ROCm, float8_e4m3fnuz halved on CUDA",
  switchedOnBy: [],
  without: "unit",
  launch: "text-generation-launcher --model-id DIR --kv-cache-dtype fp8",
  limits: [
    {
      text: "model types llama and phi3 only (the list's third word, baichun, is a typo)",
      certainty: "verified",
      source: "TGI PR 2028 models/__init__.py @0a5b19a",
    },
    {
      text: "a scale of shape [1] is a RuntimeError, only [] will do",
      certainty: "verified",
      source: "TGI PR 2028 utils/weights.py @0a5b19a",
    },
    {
      text: "weights in FP8 are cast without their scales, so only 16-bit checkpoints make sense",
      certainty: "derived",
      source: "TGI PR 2028 utils/weights.py @0a5b19a",
    },
  ],
  sources: [
    "https://github.com/huggingface/text-generation-inference/pull/2028",
    "TGI PR 2028 server/text_generation_server/utils/weights.py @0a5b19a",
    "TGI PR 2028 server/text_generation_server/models/__init__.py @0a5b19a",
  ],
};
