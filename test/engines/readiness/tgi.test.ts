import { describe } from "vitest";
import { KV_ONLY_BLOCK, LLM_COMPRESSOR_BLOCK } from "../../support/blocks.js";
import { declared, everyLayer } from "../../support/inventory.js";
import {
  AUTOFP8,
  HEADS,
  judge,
  KV_ONLY,
  MODELOPT,
  MODELOPT_FP8,
  OUTPUT,
  PAIR,
  SINGLE,
} from "./situations.js";

const tgi = { engine: "tgi" } as const;
const pr = { engine: "tgi-2028" } as const;

describe("TGI", () => {
  judge([
    {
      ...tgi,
      title: "BF16 with a pair and no block",
      draft: { tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /^text-generation-launcher --model-id my-model --kv-cache-dtype fp8_e4m3fn$/,
    },
    {
      ...tgi,
      title: "BF16 with kv_scale",
      draft: { tensors: SINGLE },
      verdict: "loads",
      first: [0.5, 0.5],
      reason: /16-bit type/,
    },
    {
      ...tgi,
      title: "a pair wins over kv_scale",
      draft: {
        tensors: [
          ...SINGLE,
          ...everyLayer("{site}.k_scale", { values: [0.125] }),
          ...everyLayer("{site}.v_scale", { values: [0.25] }),
        ],
      },
      verdict: "loads",
      first: [0.125, 0.25],
    },
    {
      ...tgi,
      title: "half a pair is none",
      draft: { tensors: everyLayer("{site}.k_scale") },
      verdict: "ignores",
      first: [1, 1],
      unread: /together or not at all/,
    },
    {
      ...tgi,
      title: "half a pair beside kv_scale",
      draft: { tensors: [...SINGLE, ...everyLayer("{site}.k_scale", { values: [0.125] })] },
      verdict: "loads",
      first: [0.5, 0.5],
    },
    {
      ...tgi,
      title: "shape [1]",
      draft: {
        tensors: [
          ...everyLayer("{site}.k_scale", { shape: [1] }),
          ...everyLayer("{site}.v_scale", { shape: [1] }),
        ],
      },
      verdict: "loads",
    },
    { ...tgi, title: "per head", draft: { tensors: HEADS }, verdict: "refuses", reason: /scalar/ },
    {
      ...tgi,
      title: "ModelOpt's names",
      draft: { ...MODELOPT_FP8, tensors: MODELOPT },
      verdict: "ignores",
      first: [1, 1],
      unread: /attention module only/,
      remedy: /convert my-model --engine tgi/,
    },
    {
      ...tgi,
      title: "output_scale under compressed-tensors",
      draft: { ...KV_ONLY, tensors: OUTPUT },
      verdict: "unit",
    },
    {
      ...tgi,
      title: "kv_scale under compressed-tensors",
      draft: { ...KV_ONLY, tensors: SINGLE },
      verdict: "loads",
    },
    { ...tgi, title: "our KV-only block", draft: { ...KV_ONLY, tensors: PAIR }, verdict: "loads" },
    {
      ...tgi,
      title: "llm-compressor's KV-only block",
      draft: { ...KV_ONLY, block: LLM_COMPRESSOR_BLOCK, tensors: PAIR },
      verdict: "refuses",
      reason: /does not ignore "Linear"/,
    },
    {
      ...tgi,
      title: "a block that is not finished",
      draft: { ...KV_ONLY, block: { ...KV_ONLY_BLOCK, quantization_status: "initialized" }, tensors: PAIR },
      verdict: "refuses",
      reason: /quantization_status/,
    },
    {
      ...tgi,
      title: "a block without config_groups",
      draft: { ...KV_ONLY, block: { ...KV_ONLY_BLOCK, config_groups: undefined }, tensors: PAIR },
      verdict: "refuses",
      reason: /config_groups/,
    },
    {
      ...tgi,
      title: "a scheme that is a word",
      draft: { ...KV_ONLY, block: { ...KV_ONLY_BLOCK, kv_cache_scheme: "static" }, tensors: PAIR },
      verdict: "refuses",
      reason: /no object/,
    },
    { ...tgi, title: "AutoFP8", draft: { ...AUTOFP8, tensors: PAIR }, verdict: "loads" },
    { ...tgi, title: "declared, no scales", draft: KV_ONLY, verdict: "unit" },
    {
      ...tgi,
      title: "zero is not checked",
      draft: { tensors: everyLayer("{site}.kv_scale", { values: [0] }) },
      verdict: "partial",
      note: /nothing checks/,
    },
    {
      ...tgi,
      title: "a model type without scales",
      draft: { geometry: { modelType: "llama4", architectures: [] }, tensors: PAIR },
      verdict: "ignores",
      unread: /llama4 reads no scales/,
      remedy: /^$/,
    },
    { ...tgi, title: "a CPU", draft: { tensors: PAIR }, platform: "cpu", verdict: "refuses", reason: /CPU/ },
    {
      ...tgi,
      title: "MI300 gets the scale as it is",
      draft: { tensors: PAIR },
      platform: "rocm-fnuz",
      verdict: "partial",
      first: [0.5, 0.25],
      note: /times 2/,
    },
    {
      ...tgi,
      title: "e5m2",
      draft: { format: "float8_e5m2", tensors: PAIR },
      verdict: "ignores",
      reason: /e5m2/,
    },
  ]);
});

describe("files that TGI opens", () => {
  const two = ["model.safetensors", "stale.safetensors"];
  const at = (file: string) => PAIR.map((tensor) => ({ ...tensor, file }));
  judge([
    {
      ...tgi,
      title: "a shard outside the index counts",
      draft: { files: two, unindexed: ["stale.safetensors"], tensors: at("stale.safetensors") },
      verdict: "loads",
      first: [undefined, undefined],
    },
    {
      ...tgi,
      title: "the same tensor in two files",
      draft: { files: two, unindexed: ["stale.safetensors"], tensors: [...PAIR, ...at("stale.safetensors")] },
      verdict: "refuses",
      reason: /is in model\.safetensors and in stale\.safetensors/,
    },
    {
      ...tgi,
      title: "a name with args",
      draft: { files: ["model.safetensors", "kv_args.safetensors"], tensors: at("kv_args.safetensors") },
      verdict: "ignores",
      reason: /args in their name/,
    },
    {
      ...tgi,
      title: "a subfolder",
      draft: { files: ["model.safetensors", "sub/kv.safetensors"], tensors: at("sub/kv.safetensors") },
      verdict: "ignores",
      unread: /top level/,
    },
  ]);
});

describe("TGI of PR 2028", () => {
  const said = { declarations: [declared("kv_cache_torch_dtype", { path: "kv_cache_torch_dtype" })] };
  const fnuz = {
    declarations: [declared("kv_cache_torch_dtype", { cache: "float8_e4m3fnuz" })],
    format: "float8_e4m3fnuz",
  } as const;
  judge([
    {
      ...pr,
      title: "kv_scale and its key",
      draft: { ...said, tensors: SINGLE },
      verdict: "loads",
      first: [0.5, 0.5],
      launch: /--kv-cache-dtype fp8$/,
    },
    {
      ...pr,
      title: "kv_scale without the key",
      draft: { tensors: SINGLE },
      verdict: "refuses",
      reason: /kv_cache_torch_dtype/,
    },
    {
      ...pr,
      title: "the key that its own script wrote",
      draft: { declarations: [declared("kv_cache_dtype")], tensors: SINGLE },
      verdict: "refuses",
    },
    {
      ...pr,
      title: "shape [1]",
      draft: { ...said, tensors: everyLayer("{site}.kv_scale", { shape: [1] }) },
      verdict: "refuses",
      reason: /\[1\] where \[\]/,
    },
    {
      ...pr,
      title: "a pair is not read",
      draft: { ...said, tensors: PAIR },
      verdict: "ignores",
      first: [1, 1],
      unread: /kv_scale of the attention module only/,
      remedy: /merge BASE --from my-model --engine tgi-2028/,
    },
    {
      ...pr,
      title: "another model",
      draft: { ...said, geometry: { modelType: "mistral", architectures: [] }, tensors: SINGLE },
      verdict: "refuses",
      reason: /llama and phi3 only/,
    },
    {
      ...pr,
      title: "FP8 weights",
      draft: { ...AUTOFP8, ...said, tensors: SINGLE },
      verdict: "refuses",
      reason: /no loader for fp8/,
    },
    {
      ...pr,
      title: "fn scales on MI300",
      draft: { ...said, tensors: SINGLE },
      platform: "rocm-fnuz",
      verdict: "loads",
      first: [1, 1],
    },
    {
      ...pr,
      title: "fn scales on MI350",
      draft: { ...said, tensors: SINGLE },
      platform: "rocm-ocp",
      verdict: "partial",
      first: [1, 1],
    },
    {
      ...pr,
      title: "fnuz scales on CUDA",
      draft: { ...fnuz, tensors: SINGLE },
      verdict: "loads",
      first: [0.25, 0.25],
    },
    {
      ...pr,
      title: "fnuz scales on MI300",
      draft: { ...fnuz, tensors: SINGLE },
      platform: "rocm-fnuz",
      verdict: "loads",
      first: [0.5, 0.5],
    },
    {
      ...pr,
      title: "e5m2",
      draft: { ...said, format: "float8_e5m2", tensors: SINGLE },
      verdict: "refuses",
      reason: /RuntimeError/,
    },
  ]);
});
