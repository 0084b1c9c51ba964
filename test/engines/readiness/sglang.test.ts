import { describe } from "vitest";
import type { SidecarFile } from "../../../src/inventory/inventory.js";
import { headScale, tensorScale } from "../../../src/scales/scale.js";
import type { Role } from "../../../src/scales/site.js";
import { tableOf } from "../../../src/scales/table.js";
import { SCHEME } from "../../support/blocks.js";
import { everyLayer, llamaPath } from "../../support/inventory.js";
import {
  AUTOFP8,
  HEADS,
  judge,
  KV_ONLY,
  MODELOPT,
  MODELOPT_FP8,
  OUTPUT,
  PAIR,
  PER_HEAD,
  QUARK,
  SINGLE,
  withScheme,
} from "./situations.js";

const now = { engine: "sglang" } as const;
const before = { engine: "sglang-legacy" } as const;
const k = (...values: number[]) => everyLayer("{site}.k_scale", { values });
const v = (...values: number[]) => everyLayer("{site}.v_scale", { values });
const model = (modelType: string, architecture: string) => ({
  geometry: { modelType, architectures: [architecture] },
});

describe("SGLang", () => {
  judge([
    {
      ...now,
      title: "KV-only block and a pair",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /^python -m sglang\.launch_server --model-path my-model --kv-cache-dtype fp8_e4m3$/,
    },
    {
      ...before,
      title: "KV-only block and a pair",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "ignores",
      unread: /no KV-cache method for compressed-tensors/,
    },
    {
      ...now,
      title: "kv_scale serves both",
      draft: { ...KV_ONLY, tensors: SINGLE },
      verdict: "loads",
      first: [0.5, 0.5],
    },
    {
      ...now,
      title: "per-head scheme is skipped",
      draft: { ...PER_HEAD, tensors: HEADS },
      verdict: "ignores",
      unread: /static symmetric per-tensor/,
    },
    {
      ...now,
      title: "dynamic scheme is skipped",
      draft: { ...withScheme({ ...SCHEME, dynamic: true }), tensors: PAIR },
      verdict: "ignores",
    },
    {
      ...now,
      title: "scheme without dynamic is static",
      draft: {
        ...withScheme({ type: "float", num_bits: 8, strategy: "tensor", symmetric: true }),
        tensors: PAIR,
      },
      verdict: "loads",
    },
    {
      ...now,
      title: "per-head tensors under a per-tensor scheme",
      draft: { ...KV_ONLY, tensors: HEADS },
      verdict: "refuses",
      reason: /shape/,
    },
    {
      ...now,
      title: "BF16 without a block",
      draft: { tensors: PAIR },
      verdict: "ignores",
      unread: /unquantised/,
    },
    {
      ...before,
      title: "BF16 without a block",
      draft: { tensors: PAIR },
      verdict: "ignores",
      unread: /unquantised/,
    },
    {
      ...before,
      title: "AutoFP8",
      draft: { ...AUTOFP8, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
    },
    { ...before, title: "Quark", draft: { ...QUARK, tensors: OUTPUT }, verdict: "loads", first: [0.5, 0.25] },
    {
      ...before,
      title: "ModelOpt",
      draft: { ...MODELOPT_FP8, tensors: MODELOPT },
      verdict: "loads",
      first: [0.5, 0.25],
    },
    {
      ...before,
      title: "ModelOpt that names no cache",
      draft: { ...MODELOPT_FP8, declarations: [], tensors: MODELOPT },
      verdict: "ignores",
      unread: /kv_cache_quant_algo/,
    },
    {
      ...now,
      title: "KV-only ModelOpt",
      draft: {
        method: "modelopt",
        kvOnly: true,
        quantConfig: { quantization: { quant_algo: null } },
        tensors: MODELOPT,
      },
      verdict: "refuses",
    },
    {
      ...now,
      title: "v alone",
      draft: { ...AUTOFP8, tensors: v(0.5) },
      verdict: "refuses",
      reason: /asserts/,
    },
    {
      ...now,
      title: "zeros count as absent",
      draft: { ...AUTOFP8, tensors: [...k(0), ...v(0)] },
      verdict: "ignores",
      first: [1, 1],
    },
    {
      ...before,
      title: "zeros are an assertion",
      draft: { ...AUTOFP8, tensors: [...k(0), ...v(0)] },
      verdict: "refuses",
    },
    {
      ...now,
      title: "doubled on MI300",
      draft: { ...KV_ONLY, tensors: PAIR },
      platform: "rocm-fnuz",
      verdict: "loads",
      first: [1, 0.5],
    },
    {
      ...now,
      title: "fused projections have no rule",
      draft: { ...AUTOFP8, tensors: everyLayer("{site}.qkv_proj.k_scale") },
      verdict: "ignores",
      unread: /no parameter/,
    },
    {
      ...now,
      title: "queries are dropped, keys and values load",
      draft: { ...KV_ONLY, tensors: [...PAIR, ...everyLayer("{site}.q_scale")] },
      verdict: "loads",
      unread: /q_scale/,
    },
    {
      ...now,
      title: "e5m2",
      draft: { ...KV_ONLY, format: "float8_e5m2", tensors: PAIR },
      verdict: "unit",
      reason: /e5m2/,
    },
  ]);
});

describe("model classes of SGLang", () => {
  judge([
    {
      ...now,
      title: "Qwen2 drops scales",
      draft: { ...KV_ONLY, ...model("qwen2", "Qwen2ForCausalLM"), tensors: PAIR },
      verdict: "unit",
      unread: /Qwen2, Qwen3-MoE and Mixtral/,
      remedy: /^$/,
    },
    {
      ...now,
      title: "Qwen3-MoE drops scales",
      draft: { ...AUTOFP8, ...model("qwen3_moe", "Qwen3MoeForCausalLM"), tensors: MODELOPT },
      verdict: "ignores",
    },
    {
      ...now,
      title: "Mixtral drops scales",
      draft: { ...AUTOFP8, ...model("mixtral", "MixtralForCausalLM"), tensors: PAIR },
      verdict: "ignores",
    },
    {
      ...now,
      title: "Qwen3 loads them",
      draft: { ...KV_ONLY, ...model("qwen3", "Qwen3ForCausalLM"), tensors: PAIR },
      verdict: "loads",
    },
    {
      ...now,
      title: "a class that maps no names",
      draft: { ...KV_ONLY, ...model("olmo2", "Olmo2ForCausalLM"), tensors: PAIR },
      verdict: "unit",
      unread: /Olmo2ForCausalLM/,
      remedy: /^$/,
    },
    {
      ...before,
      title: "Qwen3.5 knows ModelOpt's names",
      draft: { ...MODELOPT_FP8, ...model("qwen3_5", "Qwen3_5ForCausalLM"), tensors: MODELOPT },
      verdict: "loads",
    },
    {
      ...before,
      title: "Qwen3.5 knows no others",
      draft: { ...AUTOFP8, ...model("qwen3_5", "Qwen3_5ForCausalLM"), tensors: PAIR },
      verdict: "ignores",
    },
    {
      ...now,
      title: "Qwen3-Next knows ModelOpt's names",
      draft: { ...MODELOPT_FP8, ...model("qwen3_next", "Qwen3NextForCausalLM"), tensors: MODELOPT },
      verdict: "loads",
    },
    {
      ...now,
      title: "Qwen3-Next knows no others",
      draft: { ...KV_ONLY, ...model("qwen3_next", "Qwen3NextForCausalLM"), tensors: PAIR },
      verdict: "unit",
      unread: /Qwen3-Next loader knows ModelOpt/,
    },
    {
      ...now,
      title: "latent attention: ModelOpt's names",
      draft: {
        ...MODELOPT_FP8,
        ...model("deepseek_v3", "DeepseekV3ForCausalLM"),
        projections: ["kv_b_proj"],
        tensors: MODELOPT,
      },
      verdict: "loads",
    },
    {
      ...now,
      title: "latent attention: other names",
      draft: {
        ...MODELOPT_FP8,
        ...model("deepseek_v3", "DeepseekV3ForCausalLM"),
        projections: ["kv_b_proj"],
        tensors: PAIR,
      },
      verdict: "unit",
    },
  ]);
});

describe("sidecars in SGLang", () => {
  const sidecars = [sidecar("kv-cache-scales", "kv_cache_scales.json", ["kv"])];
  judge([
    {
      ...before,
      title: "a JSON file for a Llama",
      draft: { sidecars },
      verdict: "partial",
      first: [0.5, 0.5],
      note: /FlashAttention 3/,
      launch: /--quantization-param-path my-model\/kv_cache_scales\.json$/,
    },
    {
      ...before,
      title: "a JSON file for a class without the method",
      draft: { ...model("gemma2", "Gemma2ForCausalLM"), sidecars },
      verdict: "ignores",
    },
    {
      ...now,
      title: "tensors win over a JSON file",
      draft: { ...KV_ONLY, sidecars, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
    },
  ]);
});

describe("engines that read sidecars only", () => {
  const light = [sidecar("lightllm", "kv_cache_calib.json", ["k", "v"])];
  const heads = [sidecar("lightllm", "calib.json", ["k", "v"], 2, true)];
  const ksana = [sidecar("kv-cache-scales", "kv_cache_scales.json", ["kv"])];
  judge([
    {
      engine: "lightllm",
      title: "its file",
      draft: { sidecars: light },
      verdict: "loads",
      first: [0.5, 0.5],
      launch: /--llm_kv_type fp8kv_spt --kv_quant_calibration_config_path my-model\/kv_cache_calib\.json$/,
    },
    {
      engine: "lightllm",
      title: "its file, per head",
      draft: { sidecars: heads },
      verdict: "loads",
      first: [
        [0.5, 0.25],
        [0.5, 0.25],
      ],
      launch: /fp8kv_sph/,
    },
    {
      engine: "lightllm",
      title: "tensors only",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "ignores",
      reason: /kv_cache_calib\.json/,
      remedy: /convert my-model --engine lightllm/,
    },
    { engine: "lightllm", title: "the other engines' file", draft: { sidecars: ksana }, verdict: "ignores" },
    {
      engine: "ksanallm",
      title: "its file",
      draft: { sidecars: ksana },
      verdict: "loads",
      first: [0.5, 0.5],
      reason: /ksana_llm\.yaml/,
    },
    {
      engine: "ksanallm",
      title: "its file under another name",
      draft: { sidecars: [sidecar("kv-cache-scales", "scales.json", ["kv"])] },
      verdict: "ignores",
    },
    {
      engine: "ksanallm",
      title: "another number of layers",
      draft: { layers: 3, sidecars: ksana },
      verdict: "ignores",
      first: [1, 1],
      reason: /2 layers, the model 3/,
    },
  ]);
});

function sidecar(
  form: string,
  file: string,
  roles: readonly Role[],
  layers = 2,
  perHead = false,
): SidecarFile {
  const scale = perHead ? headScale([0.5, 0.25]) : tensorScale(0.5);
  const entries = Array.from({ length: layers }, (_, layer) =>
    roles.map((role) => ({ site: { path: llamaPath(layer), layer, kind: "decoder" as const }, role, scale })),
  );
  return { file, form, table: tableOf("float8_e4m3fn", entries.flat()), facts: { layers }, losses: [] };
}
