import { type Files, type Json, jsonFile } from "../../fixtures/recipes/files.js";
import { pair, spoiled } from "../../fixtures/recipes/hostile.js";
import { hfQuantConfig, kvOnly, kvScheme, quark } from "../../fixtures/recipes/producers.js";

/** Checkpoints whose scales are right and whose configs are not, by the code of what is to be found. */
export const DECLARED: Readonly<Record<string, () => Files>> = {
  "kv-cache-torch-dtype-unknown": () => scaled({ kv_cache_torch_dtype: "fp8" }),
  "kv-cache-dtype-unread": () => scaled({ kv_cache_dtype: "auto" }),
  "kv-scheme-not-an-object": () => scaled(kvOnly("static")),
  "kv-scheme-key-missing": () => scaled(kvOnly({ num_bits: 8, type: "float", strategy: "tensor" })),
  "kv-scheme-not-fp8": () => scaled(kvOnly({ ...SCHEME, type: "int" })),
  "kv-scheme-asymmetric": () => scaled(kvOnly({ ...SCHEME, symmetric: false })),
  "kv-scheme-strategy-unsupported": () => scaled(kvOnly({ ...SCHEME, strategy: "channel" })),
  "kv-scheme-key-unknown": () => scaled(kvOnly({ ...SCHEME, colour: "blue" })),
  "kv-scheme-key-later": () => scaled(kvOnly(kvScheme("tensor", "minmax"))),
  "kv-scheme-dynamic": () => scaled(kvOnly({ ...SCHEME, dynamic: true })),
  "kv-scheme-unread": () => scaled(fp8({ kv_cache_scheme: "static" })),
  "kv-scheme-word-unknown": () => scaled(fp8({ kv_cache_scheme: "sometimes" })),
  "activation-scheme-unknown": () => scaled(fp8({ kv_cache_scheme: "static", activation_scheme: "none" })),
  "kv-key-unread": () => scaled({ quantization_config: { quant_method: "awq", kv_cache_scheme: SCHEME } }),
  "modelopt-kv-algo-unknown": () => withFile(hfQuantConfig("FP8", "FP6")),
  "modelopt-quant-algo-missing": () => withFile(hfQuantConfig(null)),
  "modelopt-files-diverge": () => withFile(hfQuantConfig("FP8", null), MODELOPT),
  "quark-export-missing": () => scaled(quarkWithout("export")),
  "quark-kv-group-missing": () => scaled(quarkWith({ export: { kv_cache_group: null } })),
  "quark-kv-config-unread": () =>
    scaled(quarkWith({ export: { kv_cache_group: [] }, kv_cache_quant_config: { dtype: "fp8_e4m3" } })),
  "quark-kv-layers-missing": () => scaled(quarkWith({ layer_quant_config: {} })),
  "quark-kv-spec-unsupported": () => scaled(quarkWith({ layer_quant_config: rules("fp8_e5m2", "fp8_e5m2") })),
  "quark-kv-layers-differ": () => scaled(quarkWith({ layer_quant_config: rules("fp8_e4m3", "int8") })),
  "declarations-contradict": () => scaled({ ...kvOnly(SCHEME), kv_cache_torch_dtype: "float8_e4m3fnuz" }),
};

const SCHEME = { dynamic: false, num_bits: 8, strategy: "tensor", symmetric: true, type: "float" };
const MODELOPT = {
  quantization_config: { quant_method: "modelopt", quant_algo: "FP8", kv_cache_scheme: SCHEME },
};

function scaled(keys: Record<string, Json>): Files {
  return spoiled(pair(), keys);
}

function withFile(quantConfig: Json, keys: Record<string, Json> = {}): Files {
  return scaled(keys).set("hf_quant_config.json", jsonFile(quantConfig));
}

function fp8(keys: Record<string, Json>): Record<string, Json> {
  return { quantization_config: { activation_scheme: "static", quant_method: "fp8", ...keys } };
}

function quarkWith(keys: Record<string, Json>): Record<string, Json> {
  return { quantization_config: { ...QUARK, ...keys } };
}

function quarkWithout(key: string): Record<string, Json> {
  const { [key]: _, ...rest } = QUARK;
  return { quantization_config: rest };
}

const QUARK = quark()["quantization_config"] as Record<string, Json>;

function rules(keys: string, values: string): Json {
  const rule = (dtype: string) => ({ output_tensors: { dtype, qscheme: "per_tensor" } });
  return { "*k_proj": rule(keys), "*v_proj": rule(values) };
}
