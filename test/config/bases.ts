import type { DialectId } from "../../src/config/declaration.js";
import type { Wish } from "../../src/config/dialect.js";

export const FN: Wish = { format: "float8_e4m3fn", strategy: "tensor" };
export const FNUZ: Wish = { format: "float8_e4m3fnuz", strategy: "tensor" };
export const HEADS: Wish = { format: "float8_e4m3fn", strategy: "attn_head" };

const RULE = {
  bias: null,
  input_tensors: { dtype: "fp8_e4m3", qscheme: "per_tensor", is_dynamic: false },
  output_tensors: null,
  target_device: null,
  weight: { dtype: "fp8_e4m3", qscheme: "per_tensor", is_dynamic: false },
};

/** Quantisation objects of weights, with the word that their producer has for a 16-bit cache. */
export const QUANTIZED = {
  fp8: { activation_scheme: "static", ignored_layers: ["lm_head"], quant_method: "fp8" },
  "compressed-tensors": {
    config_groups: { group_0: { targets: ["Linear"], weights: { num_bits: 8, type: "float" } } },
    format: "float-quantized",
    ignore: ["lm_head"],
    kv_cache_scheme: null,
    quant_method: "compressed-tensors",
    quantization_status: "compressed",
  },
  modelopt: {
    ignore: ["lm_head"],
    quant_algo: "FP8",
    config_groups: { group_0: {} },
    quant_method: "modelopt",
  },
  "modelopt, nested": {
    producer: { name: "modelopt", version: "0.33.0" },
    quantization: { quant_algo: "FP8", kv_cache_quant_algo: null, exclude_modules: ["lm_head"] },
    quant_method: "modelopt",
  },
  quark: {
    exclude: ["lm_head"],
    export: { kv_cache_group: [], min_kv_scale: 0, pack_method: "reorder" },
    global_quant_config: RULE,
    kv_cache_quant_config: {},
    layer_quant_config: {},
    layer_type_quant_config: {},
    quant_method: "quark",
  },
  "quark, rules for other layers": {
    export: { kv_cache_group: [] },
    global_quant_config: RULE,
    layer_quant_config: { "*down_proj": { ...RULE, weight: null }, lm_head: RULE },
    quant_method: "quark",
  },
  "quark, rules for these layers": {
    export: { kv_cache_group: [] },
    global_quant_config: RULE,
    layer_quant_config: { "*k_proj": { ...RULE, weight: null }, "*v_proj": { ...RULE, weight: null } },
    quant_method: "quark",
  },
} as const;

type Base = keyof typeof QUANTIZED | "16-bit";

/** Every dialect with every base that it can be declared in. */
export const DECLARABLE: readonly (readonly [dialect: DialectId, base: Base, wish: Wish])[] = [
  ["kv_cache_torch_dtype", "16-bit", FN],
  ["kv_cache_torch_dtype", "16-bit", FNUZ],
  ["kv_cache_torch_dtype", "16-bit", HEADS],
  ["kv_cache_torch_dtype", "fp8", FN],
  ["compressed-tensors", "16-bit", FN],
  ["compressed-tensors", "16-bit", HEADS],
  ["compressed-tensors", "compressed-tensors", FN],
  ["compressed-tensors", "compressed-tensors", HEADS],
  ["autofp8", "fp8", FN],
  ["modelopt", "16-bit", FN],
  ["modelopt-inline", "16-bit", FN],
  ["modelopt", "modelopt", FN],
  ["modelopt-inline", "modelopt", FN],
  ["modelopt", "modelopt, nested", FN],
  ["modelopt-inline", "modelopt, nested", FN],
  ["quark", "quark", FN],
  ["quark", "quark, rules for other layers", FN],
  ["quark", "quark, rules for these layers", FN],
];

/** The value of a config.json on this base, among other members. */
export function configOn(base: Base, others: object = { model_type: "llama", rms_norm_eps: 1e-5 }): object {
  return base === "16-bit" ? others : { ...others, quantization_config: QUANTIZED[base] };
}
