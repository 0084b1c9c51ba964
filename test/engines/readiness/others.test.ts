import { describe } from "vitest";
import { KV_ONLY_BLOCK } from "../../support/blocks.js";
import { declared, everyLayer } from "../../support/inventory.js";
import {
  AUTOFP8,
  HEADS,
  judge,
  KV_ONLY,
  MODELOPT,
  MODELOPT_FP8,
  PAIR,
  PER_HEAD,
  SINGLE,
} from "./situations.js";

const Q = everyLayer("{site}.q_scale");

describe("TensorRT-LLM", () => {
  const trt = { engine: "tensorrt-llm" } as const;
  const group = (strategy: string) => ({
    ...KV_ONLY,
    kvOnly: false,
    block: { ...KV_ONLY_BLOCK, config_groups: { group_0: { weights: { num_bits: 8, strategy } } } },
  });
  judge([
    {
      ...trt,
      title: "ModelOpt FP8 runs at 1.0",
      draft: { ...MODELOPT_FP8, tensors: MODELOPT },
      verdict: "unit",
      first: [1, 1],
      reason: /NVFP4 cache only/,
      launch: undefined,
      remedy: /^$/,
    },
    {
      ...trt,
      title: "KV-only ModelOpt is allowed",
      draft: {
        method: "modelopt",
        kvOnly: true,
        quantConfig: { quantization: { quant_algo: null, kv_cache_quant_algo: "FP8" } },
        declarations: [declared("modelopt")],
        tensors: MODELOPT,
      },
      verdict: "unit",
    },
    {
      ...trt,
      title: "an NVFP4 cache uses them",
      draft: { ...MODELOPT_FP8, declarations: [declared("modelopt", { cache: "nvfp4" })], tensors: MODELOPT },
      verdict: "loads",
      first: [0.5, 0.25],
    },
    {
      ...trt,
      title: "the KV-only block",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "refuses",
      reason: /config_groups/,
    },
    {
      ...trt,
      title: "compressed-tensors per channel",
      draft: { ...group("channel"), tensors: PAIR },
      verdict: "unit",
    },
    {
      ...trt,
      title: "compressed-tensors per tensor",
      draft: { ...group("tensor"), tensors: PAIR },
      verdict: "refuses",
      reason: /not supported/,
    },
    { ...trt, title: "BF16 with a pair", draft: { tensors: PAIR }, verdict: "ignores" },
    { ...trt, title: "nothing", draft: {}, verdict: "ignores", reason: /no KV-cache scales/ },
  ]);
});

describe("transformers", () => {
  const tf = { engine: "transformers" } as const;
  const files = ["model.safetensors", "model-kv-scales.safetensors"];
  judge([
    {
      ...tf,
      title: "KV-only block and a pair",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
      reason: /rounded on load/,
    },
    {
      ...tf,
      title: "per head",
      draft: { ...PER_HEAD, tensors: HEADS },
      verdict: "loads",
      first: [
        [0.5, 0.125],
        [0.25, 0.125],
      ],
    },
    { ...tf, title: "no block", draft: { tensors: PAIR }, verdict: "ignores", reason: /unexpected keys/ },
    {
      ...tf,
      title: "ModelOpt",
      draft: { ...MODELOPT_FP8, tensors: MODELOPT },
      verdict: "ignores",
      reason: /unexpected keys/,
    },
    {
      ...tf,
      title: "ModelOpt's names under the block",
      draft: { ...KV_ONLY, tensors: MODELOPT },
      verdict: "partial",
      note: /uninitialised memory/,
      unread: /unexpected key/,
    },
    {
      ...tf,
      title: "model.safetensors beside an index is read alone",
      draft: {
        ...KV_ONLY,
        files,
        tensors: PAIR.map((tensor) => ({ ...tensor, file: "model-kv-scales.safetensors" })),
      },
      verdict: "partial",
      note: /uninitialised/,
      unread: /model\.safetensors is there and is read alone/,
    },
    {
      ...tf,
      title: "a renamed base beside an index",
      draft: {
        ...KV_ONLY,
        files: ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
        tensors: PAIR.map((tensor) => ({ ...tensor, file: "model-00002-of-00002.safetensors" })),
      },
      verdict: "loads",
    },
    {
      ...tf,
      title: "no GPU matters",
      draft: { ...KV_ONLY, tensors: PAIR },
      platform: "rocm-fnuz",
      verdict: "loads",
    },
  ]);
});

describe("mistral.rs", () => {
  const geometry = { modelType: "qwen3_5", architectures: ["Qwen3_5ForConditionalGeneration"] };
  const mrs = { engine: "mistralrs" } as const;
  judge([
    {
      ...mrs,
      title: "a pair",
      draft: { geometry, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /--pa-cache-type f8e4m3$/,
    },
    { ...mrs, title: "a pair with queries", draft: { geometry, tensors: [...PAIR, ...Q] }, verdict: "loads" },
    { ...mrs, title: "kv_scale", draft: { geometry, tensors: SINGLE }, verdict: "loads", first: [0.5, 0.5] },
    {
      ...mrs,
      title: "kv_scale beside a pair",
      draft: { geometry, tensors: [...PAIR, ...SINGLE] },
      verdict: "refuses",
      reason: /kv_scale alone/,
    },
    {
      ...mrs,
      title: "half a pair",
      draft: { geometry, tensors: everyLayer("{site}.v_scale") },
      verdict: "refuses",
    },
    { ...mrs, title: "queries alone", draft: { geometry, tensors: Q }, verdict: "refuses" },
    {
      ...mrs,
      title: "zero",
      draft: { geometry, tensors: everyLayer("{site}.kv_scale", { values: [0] }) },
      verdict: "refuses",
      reason: /finite positive/,
    },
    { ...mrs, title: "per head", draft: { geometry, tensors: HEADS }, verdict: "refuses", reason: /scalar/ },
    {
      ...mrs,
      title: "another model",
      draft: { tensors: PAIR },
      verdict: "ignores",
      unread: /Qwen3\.5 models only/,
      remedy: /^$/,
    },
  ]);
});

describe("LoRAX", () => {
  const lorax = { engine: "lorax" } as const;
  judge([
    {
      ...lorax,
      title: "FP8 weights and a pair",
      draft: { ...AUTOFP8, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /--quantize fp8-kv$/,
    },
    {
      ...lorax,
      title: "half a pair",
      draft: { ...AUTOFP8, tensors: everyLayer("{site}.k_scale") },
      verdict: "refuses",
      reason: /v_scale is missing/,
    },
    {
      ...lorax,
      title: "kv_scale is no fallback",
      draft: { ...AUTOFP8, tensors: SINGLE },
      verdict: "refuses",
    },
    {
      ...lorax,
      title: "16-bit weights",
      draft: { tensors: PAIR },
      verdict: "ignores",
      reason: /FP8 weights only/,
      remedy: /^$/,
    },
    {
      ...lorax,
      title: "another model",
      draft: { ...AUTOFP8, geometry: { modelType: "dbrx", architectures: [] }, tensors: PAIR },
      verdict: "ignores",
      reason: /no fp8-kv branch/,
    },
    {
      ...lorax,
      title: "per head",
      draft: { ...AUTOFP8, tensors: HEADS },
      verdict: "refuses",
      reason: /one number/,
    },
  ]);
});

describe("llama.cpp's converter", () => {
  const gguf = { engine: "llama.cpp" } as const;
  judge([
    {
      ...gguf,
      title: "BF16 with a pair",
      draft: { tensors: PAIR },
      verdict: "refuses",
      reason: /cannot map the tensor/,
      remedy: /^kvscale strip my-model -o OUT$/,
    },
    {
      ...gguf,
      title: "ModelOpt's pair is skipped",
      draft: { ...MODELOPT_FP8, tensors: MODELOPT },
      verdict: "ignores",
      reason: /they are skipped in a modelopt checkpoint/,
      launch: undefined,
    },
    {
      ...gguf,
      title: "kv_scale is not, even there",
      draft: { ...MODELOPT_FP8, tensors: SINGLE },
      verdict: "refuses",
    },
    {
      ...gguf,
      title: "the KV-only block without scales",
      draft: KV_ONLY,
      verdict: "refuses",
      reason: /IndexError/,
    },
    { ...gguf, title: "nothing", draft: {}, verdict: "ignores", reason: /nothing here/ },
  ]);
});
