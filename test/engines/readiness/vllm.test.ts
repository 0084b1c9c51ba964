import { describe } from "vitest";
import { SCHEME } from "../../support/blocks.js";
import { declared, everyLayer, llamaPath } from "../../support/inventory.js";
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

const vllm = { engine: "vllm" } as const;
const legacy = { engine: "vllm-legacy" } as const;
const k = (...values: number[]) => everyLayer("{site}.k_scale", { values });
const v = (...values: number[]) => everyLayer("{site}.v_scale", { values });

describe("compressed-tensors in vLLM", () => {
  judge([
    {
      ...vllm,
      title: "KV-only block and a pair",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
      reason: /all 2 attention layers.*quantization_config\.kv_cache_scheme switches/,
      launch: /^vllm serve my-model$/,
    },
    {
      ...legacy,
      title: "the same",
      draft: { ...KV_ONLY, tensors: PAIR },
      verdict: "loads",
      first: [0.5, 0.25],
    },
    {
      ...vllm,
      title: "kv_scale fills k only",
      draft: { ...KV_ONLY, tensors: SINGLE },
      verdict: "partial",
      first: [0.5, 1],
      note: /v runs at 1\.0/,
      remedy: /kvscale convert my-model --engine vllm/,
    },
    {
      ...vllm,
      title: "v missing",
      draft: { ...KV_ONLY, tensors: k(0.5) },
      verdict: "partial",
      first: [0.5, 1],
    },
    {
      ...vllm,
      title: "k missing",
      draft: { ...KV_ONLY, tensors: v(0.5) },
      verdict: "partial",
      first: [1, 0.5],
    },
    {
      ...vllm,
      title: "declared, no scales: silently 1.0",
      draft: KV_ONLY,
      verdict: "unit",
      first: [1, 1],
      reason: /switches it on, but there are no scales/,
      launch: undefined,
      remedy: /kvscale merge my-model --from FP8_SIBLING --engine vllm/,
    },
    {
      ...vllm,
      title: "one layer missing",
      draft: { ...KV_ONLY, layers: 3, tensors: PAIR },
      verdict: "partial",
    },
    {
      ...vllm,
      title: "zero is not checked",
      draft: { ...KV_ONLY, tensors: [...k(0), ...v(0)] },
      verdict: "partial",
      first: [0, 0],
    },
    {
      ...vllm,
      title: "ModelOpt's names",
      draft: { ...KV_ONLY, tensors: MODELOPT },
      verdict: "loads",
      first: [0.5, 0.25],
    },
    {
      ...vllm,
      title: "output_scale is not mapped any more",
      draft: { ...KV_ONLY, tensors: OUTPUT },
      verdict: "refuses",
      reason: /no module or parameter named model\.layers\.0\.self_attn\.k_proj\.output_scale/,
    },
    {
      ...legacy,
      title: "output_scale",
      draft: { ...KV_ONLY, tensors: OUTPUT },
      verdict: "refuses",
      reason: /KeyError/,
    },
    {
      ...vllm,
      title: "an engine's own names on disk",
      draft: {
        ...KV_ONLY,
        tensors: [...everyLayer("{site}.attn.k_scale"), ...everyLayer("{site}.attn.v_scale")],
      },
      verdict: "loads",
    },
    {
      ...legacy,
      title: "an engine's own names on disk",
      draft: {
        ...KV_ONLY,
        tensors: [...everyLayer("{site}.attn.k_scale"), ...everyLayer("{site}.attn.v_scale")],
      },
      verdict: "unit",
      unread: /no parameter/,
    },
    {
      ...vllm,
      title: "zero points are loaded and thrown away",
      draft: { ...KV_ONLY, tensors: [...PAIR, ...everyLayer("{site}.k_zero_point")] },
      verdict: "loads",
    },
    {
      ...vllm,
      title: "per head under strategy tensor",
      draft: { ...KV_ONLY, tensors: HEADS },
      verdict: "refuses",
      reason: /shape \[2, 1, 1\] where one number/,
    },
    {
      ...vllm,
      title: "per head under attn_head",
      draft: { ...PER_HEAD, tensors: HEADS },
      verdict: "loads",
      first: [
        [0.5, 0.125],
        [0.25, 0.125],
      ],
    },
    {
      ...vllm,
      title: "per head, other number of heads",
      draft: { ...PER_HEAD, geometry: { kvHeads: 8 }, tensors: HEADS },
      verdict: "refuses",
      reason: /one number per KV head/,
    },
    {
      ...vllm,
      title: "per head without config_groups",
      draft: {
        ...PER_HEAD,
        block: { quant_method: "compressed-tensors", kv_cache_scheme: { ...SCHEME, strategy: "attn_head" } },
        tensors: HEADS,
      },
      verdict: "refuses",
    },
    { ...vllm, title: "one number under attn_head", draft: { ...PER_HEAD, tensors: PAIR }, verdict: "loads" },
    {
      ...vllm,
      title: "MI300 gets no doubling",
      draft: { ...KV_ONLY, tensors: PAIR },
      platform: "rocm-fnuz",
      verdict: "partial",
      first: [0.5, 0.25],
      note: /needs the scale times 2/,
      remedy: /^$/,
    },
    {
      ...vllm,
      title: "MI350 is like CUDA",
      draft: { ...KV_ONLY, tensors: PAIR },
      platform: "rocm-ocp",
      verdict: "loads",
      first: [0.5, 0.25],
    },
    {
      ...vllm,
      title: "fnuz scales on MI300 without doubling are right",
      draft: { ...KV_ONLY, format: "float8_e4m3fnuz", tensors: PAIR },
      platform: "rocm-fnuz",
      verdict: "loads",
    },
    {
      ...vllm,
      title: "fnuz scales on CUDA",
      draft: { ...KV_ONLY, format: "float8_e4m3fnuz", tensors: PAIR },
      verdict: "partial",
      note: /times 0\.5/,
    },
    {
      ...vllm,
      title: "e5m2",
      draft: { ...KV_ONLY, format: "float8_e5m2", tensors: PAIR },
      verdict: "refuses",
      reason: /e5m2/,
    },
  ]);
});

describe("blocks that stop vLLM", () => {
  const { strategy, symmetric, ...bare } = SCHEME;
  judge([
    {
      ...vllm,
      title: "scheme without strategy",
      draft: { ...withScheme({ ...bare, symmetric }), tensors: PAIR },
      verdict: "refuses",
      reason: /strategy missing/,
    },
    {
      ...vllm,
      title: "scheme without symmetric",
      draft: { ...withScheme({ ...bare, strategy }), tensors: PAIR },
      verdict: "refuses",
      reason: /symmetric missing/,
    },
    {
      ...vllm,
      title: "scheme of integers",
      draft: { ...withScheme({ ...SCHEME, type: "int" }), tensors: PAIR },
      verdict: "refuses",
      reason: /type "int"/,
    },
    {
      ...vllm,
      title: "scheme per channel",
      draft: { ...withScheme({ ...SCHEME, strategy: "channel" }), tensors: PAIR },
      verdict: "refuses",
      reason: /strategy "channel"/,
    },
    {
      ...vllm,
      title: "scheme that is a word",
      draft: { ...KV_ONLY, block: { ...KV_ONLY.block, kv_cache_scheme: "static" }, tensors: PAIR },
      verdict: "refuses",
      reason: /kv_cache_scheme is "static"/,
    },
    {
      ...vllm,
      title: "fp8 without activation_scheme",
      draft: { ...AUTOFP8, block: { quant_method: "fp8" }, tensors: PAIR },
      verdict: "refuses",
      reason: /activation_scheme is missing/,
    },
    {
      ...vllm,
      title: "KV-only ModelOpt",
      draft: {
        method: "modelopt",
        kvOnly: true,
        quantConfig: { quantization: { quant_algo: null, kv_cache_quant_algo: "FP8" } },
        declarations: [declared("modelopt")],
        tensors: MODELOPT,
      },
      verdict: "refuses",
      reason: /quant_algo is missing or null/,
    },
    {
      ...vllm,
      title: "quark without export",
      draft: { ...QUARK, block: { quant_method: "quark" }, tensors: OUTPUT },
      verdict: "refuses",
      reason: /export is missing/,
    },
    {
      ...vllm,
      title: "quark with kv_cache_group null",
      draft: { ...QUARK, block: { ...QUARK.block, export: { kv_cache_group: null } }, tensors: OUTPUT },
      verdict: "refuses",
      reason: /TypeError/,
    },
    {
      ...vllm,
      title: "quark with an empty kv_cache_group is accepted",
      draft: { ...QUARK, block: { ...QUARK.block, export: { kv_cache_group: [] } }, tensors: OUTPUT },
      verdict: "loads",
    },
    {
      ...vllm,
      title: "quark group without layer config",
      draft: { ...QUARK, block: { ...QUARK.block, layer_quant_config: {} }, tensors: OUTPUT },
      verdict: "refuses",
      reason: /no entry/,
    },
    {
      ...vllm,
      title: "quark with INT8 outputs",
      draft: {
        ...QUARK,
        block: {
          ...QUARK.block,
          layer_quant_config: { "*k_proj": { output_tensors: { dtype: "int8", qscheme: "per_tensor" } } },
        },
        tensors: OUTPUT,
      },
      verdict: "refuses",
      reason: /dtype "int8"/,
    },
  ]);
});

describe("the sentinel rule of fp8, ModelOpt and Quark in vLLM", () => {
  const one = (tensors: ReturnType<typeof k>) => ({ ...AUTOFP8, tensors });
  judge([
    {
      ...vllm,
      title: "AutoFP8 pair",
      draft: one(PAIR),
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /^vllm serve my-model --kv-cache-dtype fp8$/,
    },
    {
      ...vllm,
      title: "AutoFP8 kv_scale serves both",
      draft: one(SINGLE),
      verdict: "loads",
      first: [0.5, 0.5],
    },
    {
      ...legacy,
      title: "AutoFP8 kv_scale serves both",
      draft: one(SINGLE),
      verdict: "loads",
      first: [0.5, 0.5],
    },
    {
      ...vllm,
      title: "k alone is used for both",
      draft: one(k(0.5)),
      verdict: "partial",
      first: [0.5, 0.5],
      note: /v_scale is missing/,
    },
    {
      ...vllm,
      title: "v alone is an assertion",
      draft: one(v(0.5)),
      verdict: "refuses",
      reason: /asserts that k_scale is positive/,
    },
    { ...vllm, title: "zeros are an assertion", draft: one([...k(0), ...v(0)]), verdict: "refuses" },
    {
      ...vllm,
      title: "v of zero takes k's",
      draft: one([...k(0.5), ...v(0)]),
      verdict: "partial",
      first: [0.5, 0.5],
    },
    {
      ...vllm,
      title: "infinity is not checked",
      draft: one([...k(0.5), ...v(Number.POSITIVE_INFINITY)]),
      verdict: "partial",
      note: /a scale is Infinity, which nothing checks/,
    },
    {
      ...vllm,
      title: "both negative count as absent",
      draft: one([...k(-1), ...v(-2)]),
      verdict: "ignores",
      reason: /k_scale is -1 and v_scale is -2, which count as absent/,
      first: [1, 1],
    },
    {
      ...vllm,
      title: "k of NaN is an assertion",
      draft: one([...k(Number.NaN), ...v(0.5)]),
      verdict: "refuses",
    },
    {
      ...vllm,
      title: "v of NaN takes k's",
      draft: one([...k(0.5), ...v(Number.NaN)]),
      verdict: "partial",
      first: [0.5, 0.5],
    },
    { ...vllm, title: "declared, no scales", draft: one([]), verdict: "ignores", first: [1, 1] },
    {
      ...vllm,
      title: "shape [1]",
      draft: one([
        ...everyLayer("{site}.k_scale", { shape: [1] }),
        ...everyLayer("{site}.v_scale", { shape: [1] }),
      ]),
      verdict: "loads",
    },
    { ...vllm, title: "per head", draft: one(HEADS), verdict: "refuses", reason: /shape/ },
    {
      ...vllm,
      title: "doubled on MI300",
      draft: one(PAIR),
      platform: "rocm-fnuz",
      verdict: "loads",
      first: [1, 0.5],
    },
    {
      ...vllm,
      title: "ModelOpt",
      draft: { ...MODELOPT_FP8, tensors: MODELOPT },
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /^vllm serve my-model$/,
    },
    {
      ...vllm,
      title: "Quark",
      draft: { ...QUARK, tensors: OUTPUT },
      verdict: "loads",
      first: [0.5, 0.25],
      launch: /fp8/,
    },
    { ...legacy, title: "Quark", draft: { ...QUARK, tensors: OUTPUT }, verdict: "loads", first: [0.5, 0.25] },
    {
      ...vllm,
      title: "ModelOpt's output_scale is unknown",
      draft: { ...MODELOPT_FP8, tensors: OUTPUT },
      verdict: "refuses",
    },
    {
      ...vllm,
      title: "biases of an affine cache",
      draft: { ...MODELOPT_FP8, tensors: [...MODELOPT, ...everyLayer("{site}.k_proj.k_bias")] },
      verdict: "refuses",
      reason: /k_bias/,
    },
    {
      ...vllm,
      title: "HunYuan's names",
      draft: one([...everyLayer("{site}.k_cache.scale"), ...everyLayer("{site}.v_cache.scale")]),
      verdict: "loads",
    },
    {
      ...vllm,
      title: "Mistral's own format",
      draft: {
        geometry: { modelType: "mistral", architectures: ["MistralForCausalLM"] },
        path: (layer) => `layers.${layer}.attention`,
        projections: ["wq", "wk", "wv"],
        tensors: ["k", "v"].flatMap((role) =>
          everyLayer(`{site}.${role}_fake_quantizer.qscale_act`, {
            path: (layer) => `layers.${layer}.attention`,
          }),
        ),
      },
      verdict: "loads",
      launch: /--load-format mistral/,
    },
  ]);
});

describe("16-bit and other weights in vLLM", () => {
  judge([
    {
      ...vllm,
      title: "BF16 with scales and no block",
      draft: { tensors: PAIR },
      verdict: "refuses",
      reason:
        /without quantization_config stop the loader.* no module or parameter named model\.layers\.0\.self_attn\.k_scale /,
      remedy: /convert my-model --engine vllm -o OUT\nkvscale strip my-model/,
    },
    {
      ...legacy,
      title: "BF16 with scales and no block",
      draft: { tensors: PAIR },
      verdict: "ignores",
      first: [1, 1],
      unread: /no KV-cache method for unquantised/,
    },
    {
      ...vllm,
      title: "kv_cache_torch_dtype alone declares nothing here",
      draft: { tensors: PAIR, declarations: [declared("kv_cache_torch_dtype")] },
      verdict: "refuses",
    },
    {
      ...vllm,
      title: "BF16 class with a loader of its own",
      draft: { geometry: { modelType: "gpt_oss", architectures: ["GptOssForCausalLM"] }, tensors: PAIR },
      verdict: "ignores",
    },
    { ...vllm, title: "no scales at all", draft: {}, verdict: "ignores", reason: /no KV-cache scales/ },
    {
      ...vllm,
      title: "AWQ with scales",
      draft: { method: "awq", word: "awq", tensors: PAIR },
      verdict: "ignores",
      unread: /no KV-cache method for awq/,
    },
    {
      ...vllm,
      title: "GPTQ with kv_scale",
      draft: { method: "gptq", word: "gptq", tensors: SINGLE },
      verdict: "ignores",
    },
  ]);
});

describe("models that vLLM treats differently", () => {
  const latent = {
    projections: ["q_proj", "kv_a_proj_with_mqa", "kv_b_proj"],
    geometry: { modelType: "deepseek_v3", architectures: ["DeepseekV3ForCausalLM"] },
  };
  judge([
    {
      ...vllm,
      title: "Qwen3.5 drops scales",
      draft: {
        ...KV_ONLY,
        geometry: { modelType: "qwen3_5", architectures: ["Qwen3_5ForCausalLM"] },
        tensors: PAIR,
      },
      verdict: "unit",
      unread: /Qwen3\.5/,
      remedy: /^$/,
    },
    {
      ...vllm,
      title: "LongCat-Flash skips kv_scale",
      draft: { ...AUTOFP8, geometry: { modelType: "longcat_flash", architectures: [] }, tensors: SINGLE },
      verdict: "ignores",
    },
    {
      ...vllm,
      title: "LongCat-Flash takes a pair",
      draft: { ...AUTOFP8, geometry: { modelType: "longcat_flash", architectures: [] }, tensors: PAIR },
      verdict: "loads",
    },
    {
      ...vllm,
      title: "Laguna's draft class",
      draft: { ...KV_ONLY, geometry: { architectures: ["DFlashLagunaForCausalLM"] }, tensors: PAIR },
      verdict: "refuses",
      reason: /get_cache_scale/,
    },
    {
      ...vllm,
      title: "latent attention under compressed-tensors",
      draft: { ...KV_ONLY, ...latent, tensors: PAIR },
      verdict: "unit",
    },
    {
      ...vllm,
      title: "latent attention under ModelOpt: the mapper has no rule",
      draft: { ...MODELOPT_FP8, ...latent, tensors: MODELOPT },
      verdict: "unit",
    },
    {
      ...legacy,
      title: "latent attention under ModelOpt",
      draft: { ...MODELOPT_FP8, ...latent, tensors: MODELOPT },
      verdict: "loads",
    },
    {
      ...legacy,
      title: "latent attention under fp8 has no parameters for scales",
      draft: { ...AUTOFP8, ...latent, tensors: MODELOPT },
      verdict: "ignores",
      unread: /no parameter/,
    },
    {
      ...vllm,
      title: "draft layers of the model need no scales",
      draft: {
        ...KV_ONLY,
        layers: 3,
        path: (layer) => (layer < 2 ? llamaPath(layer) : "mtp.layers.0.self_attn"),
        tensors: PAIR,
      },
      verdict: "loads",
      reason: /all 2 attention layers/,
    },
    {
      ...vllm,
      title: "draft layers are left to the draft model",
      draft: { ...KV_ONLY, tensors: [...PAIR, { name: "mtp.layers.0.self_attn.k_scale" }] },
      verdict: "loads",
      unread: /draft model/,
    },
  ]);
});

describe("files that vLLM does not open", () => {
  const stale = {
    ...KV_ONLY,
    files: ["model-00001-of-00001.safetensors", "stale.safetensors"],
    unindexed: ["stale.safetensors"],
  };
  judge([
    {
      ...vllm,
      title: "scales in a shard outside the index",
      draft: { ...stale, tensors: PAIR.map((tensor) => ({ ...tensor, file: "stale.safetensors" })) },
      verdict: "unit",
      reason: /stale\.safetensors is not named in model\.safetensors\.index\.json/,
    },
    {
      ...vllm,
      title: "scales in a subfolder",
      draft: {
        ...KV_ONLY,
        files: ["model.safetensors", "extra/scales.safetensors"],
        index: false,
        tensors: PAIR.map((tensor) => ({ ...tensor, file: "extra/scales.safetensors" })),
      },
      verdict: "unit",
      unread: /top level/,
    },
  ]);
});
