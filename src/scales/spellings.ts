import type { CompanionForm, NameForm, Spelling, Written } from "./spelling.js";

const SCALAR: Written = { dtype: "F32", shape: "[]", perHead: false };
const ONE: Written = { dtype: "F32", shape: "[1]", perHead: false };
const PER_HEAD: Written = { dtype: "F32", shape: "[]", perHead: true };

const PAIR = ["k", "v"] as const;
const TRIPLE = ["k", "v", "q"] as const;

/**
 * The table of spellings: every known naming convention of KV-cache scale tensors. A name belongs to the
 * row whose form leaves a valid attention module as `{site}`; tests prove that no two rows claim one name.
 */
export const SPELLINGS: readonly Spelling[] = [
  {
    id: "kv_scale",
    rows: ["N1"],
    title: "one scale for keys and values, on the attention module",
    names: [form("{site}.kv_scale", ["kv"])],
    written: SCALAR,
    status: "read-write",
    source: "AutoFP8 0d40b99 quantize.py; text-generation-inference PR 2028; early AMD Quark exports",
  },
  {
    id: "k_scale",
    rows: ["N2", "N7b", "N9", "N10"],
    title: "separate scales on the attention module",
    names: [form("{site}.{role}_scale", TRIPLE)],
    companions: [companion("{site}.{role}_zero_point", TRIPLE, "zero-point")],
    written: PER_HEAD,
    status: "read-write",
    source: "compressed-tensors lifecycle/initialize.py @ac8e2ba8; AutoFP8 quantize.py @505a7ed",
  },
  {
    id: "modelopt",
    rows: ["N3", "N7"],
    title: "separate scales on the key and value projections",
    names: [form("{site}.{role}_proj.{role}_scale", PAIR)],
    companions: [companion("{site}.{role}_proj.{role}_bias", PAIR, "bias")],
    written: SCALAR,
    status: "read-write",
    source: "Model-Optimizer export/quant_utils.py _KV_CACHE_REPLACEMENTS @a2fbac7b",
  },
  {
    id: "quark",
    rows: ["N4", "N4q"],
    title: "output scales of the projections",
    names: [form("{site}.{role}_proj.output_scale", TRIPLE), form("{site}.{role}_output_scale", ["prob"])],
    written: SCALAR,
    status: "read-write",
    source: "vLLM quark/quark.py get_cache_scale_mapper @017e9f4; compressed-tensors before PR 133",
  },
  {
    id: "fused-qkv",
    rows: ["N5"],
    title: "separate scales on a fused QKV projection",
    names: [form("{site}.qkv_proj.{role}_scale", PAIR)],
    status: "read-only",
    why: "every engine that reads this form reads k_scale and v_scale on the attention module too",
    source: "vLLM weight_utils.py maybe_remap_kv_scale_name @017e9f4",
  },
  {
    id: "twice-fused-qkv",
    rows: ["N6"],
    title: "what a loader makes of the names when it fuses the projections twice",
    names: [form("{site}.qkqkv_proj.{role}_scale", PAIR)],
    status: "read-only",
    why: "the name is an accident inside a loader and belongs in no file",
    source: "vLLM issue 20101; weight_utils.py @017e9f4",
  },
  {
    id: "runtime",
    rows: ["N8"],
    title: "parameter names of a running vLLM or SGLang",
    names: [form("{site}.attn.{role}_scale", ["k", "v", "q", "prob"])],
    status: "read-only",
    why: "these are names of a running engine; loaders add the inner attn themselves and lose such tensors",
    source: "auto-round issue 2370; vLLM layers/quantization/kv_cache.py @017e9f4",
  },
  {
    id: "mla-runtime",
    rows: ["N15"],
    title: "parameter names of a running engine, multi-head latent attention",
    names: [
      form("{site}.mla_attn.mla_attn.{role}_scale", TRIPLE),
      form("{site}.attn_mqa.{role}_scale", TRIPLE),
    ],
    status: "read-only",
    why: "these are names of a running engine; checkpoints keep k_scale on the attention module",
    source: "vLLM weight_utils.py @017e9f4; SGLang deepseek_weight_loader.py @6ed5780c",
  },
  {
    id: "hunyuan",
    rows: ["N11"],
    title: "separate scales as modules of the cache",
    names: [form("{site}.{role}_cache.scale", PAIR), form("{site}.{role}.scale", ["q"])],
    written: SCALAR,
    status: "read-write",
    source: "vLLM PR 40681 (HunYuan V3); AngelSlim qat.py @67394ce5",
  },
  {
    id: "mistral",
    rows: ["N12"],
    title: "activation scales of Mistral's consolidated format",
    names: [form("{site}.{role}_fake_quantizer.qscale_act", ["k", "v", "q", "kv"])],
    written: SCALAR,
    status: "read-write",
    source: "vLLM models/mistral.py L241-244 @017e9f4",
  },
  {
    id: "trtllm",
    rows: ["N13"],
    title: "one scale for keys and values, TensorRT-LLM checkpoints",
    names: [form("{site}.{role}_cache_scaling_factor", ["kv"])],
    written: ONE,
    status: "read-write",
    source: "Model-Optimizer export/layer_utils.py L670 @a2fbac7b",
  },
  {
    id: "trtllm-pair",
    rows: ["N13"],
    title: "separate scales of TensorRT-LLM checkpoints before they are joined",
    names: [form("{site}.{role}_cache_scaling_factor", PAIR)],
    status: "read-only",
    why: "TensorRT-LLM reads kv_cache_scaling_factor; the pair is an intermediate of the exporter",
    source: "Model-Optimizer export/model_config_utils.py L101-109 @a2fbac7b",
  },
  {
    id: "quark-quantizer",
    rows: ["N21"],
    title: "newer names of AMD Quark, seen in a report only",
    names: [form("{site}.{role}_proj.output_quantizer.scale", TRIPLE)],
    status: "read-only",
    why: "the form is known from one report and no engine reads it",
    source: "vLLM issue 49420; not verified in a producer's source",
  },
  {
    id: "trtllm-rcp",
    rows: ["N13"],
    title: "reciprocal of the scale, TensorRT-LLM engines",
    names: [form("{site}.{role}_cache_rcp_scaling_factor", ["kv", "k", "v"])],
    status: "refused",
    why: "it is 1/scale, the inverse of what a KV-cache scale means; kv_cache_scaling_factor is the scale",
    source: "TensorRT-LLM models/quant_config_utils.py @21156a7a",
  },
  {
    id: "trtllm-runtime",
    rows: ["N14"],
    title: "combined factors of a running TensorRT-LLM",
    names: [form("{site}.qkv_proj.{role}_scales", ["kv"]), form("{site}.qkv_proj.inv_{role}_scales", ["kv"])],
    status: "refused",
    why: "it holds three numbers [1, k, v], or their inverses, of a running engine and is no checkpoint form",
    source: "TensorRT-LLM PyTorch backend, attribute of the fused QKV projection",
  },
  {
    id: "ascend-int8",
    rows: ["N16"],
    title: "INT8 cache of Ascend (C8)",
    names: [
      form("{site}.{role}_proj.kv_cache_scale", PAIR),
      form("{site}.{role}_proj.kv_cache_offset", PAIR),
      form("{site}.fa_{role}.scale", TRIPLE),
      form("{site}.fa_{role}.offset", TRIPLE),
    ],
    status: "refused",
    why: "it is a scale or an offset of an INT8 cache, calibrated for 127 steps, not for FP8",
    source: "vllm-ascend quantization/modelslim_config.py L628-638 @182b75ea",
  },
  {
    id: "amax",
    rows: [],
    title: "largest magnitudes before ModelOpt turns them into scales",
    names: [
      form("{site}.{role}_bmm_quantizer._amax", TRIPLE),
      form("{site}.{role}_proj.output_quantizer._amax", TRIPLE),
    ],
    status: "refused",
    why: "it is the largest magnitude, not a scale; export the model with ModelOpt, which divides it by 448",
    source: "Model-Optimizer export/quant_utils.py @a2fbac7b",
  },
];

/** Ids of the spellings that can be written, in table order. */
export const WRITABLE: readonly string[] = SPELLINGS.filter((row) => row.status === "read-write").map(
  (row) => row.id,
);

function form(template: string, roles: NameForm["roles"]): NameForm {
  return { template, roles };
}

function companion(template: string, roles: NameForm["roles"], what: CompanionForm["what"]): CompanionForm {
  return { template, roles, what };
}
