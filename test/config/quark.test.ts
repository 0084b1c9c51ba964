import { describe } from "vitest";
import { itDeclares } from "./declares.js";
import { quantized } from "./texts.js";

const SPEC = { dtype: "fp8_e4m3", qscheme: "per_tensor", is_dynamic: false };
const GROUP = { kv_cache_group: ["*k_proj", "*v_proj"] };
const quark = (change: object) => quantized({ quant_method: "quark", export: GROUP, ...change });
const layers = (spec: unknown) => ({
  "*k_proj": { output_tensors: spec },
  "*v_proj": { output_tensors: spec },
});
const QUARK_PATH = "quantization_config.export.kv_cache_group";

describe("Quark declares", () =>
  itDeclares([
    [
      "complete",
      quark({ layer_quant_config: layers(SPEC) }),
      [["quark", QUARK_PATH, "float8_e4m3fn", [], { strategy: "tensor", dynamic: false }]],
    ],
    [
      "observer",
      quark({ layer_quant_config: layers({ ...SPEC, observer_cls: "PerTensorMinMaxObserver" }) }),
      [["quark", QUARK_PATH, "float8_e4m3fn", [], { observer: "PerTensorMinMaxObserver" }]],
    ],
    [
      "longer names that the globs match",
      quark({ layer_quant_config: { "model.layers.0.self_attn.k_proj": { output_tensors: SPEC } } }),
      [["quark", QUARK_PATH, "float8_e4m3fn", []]],
    ],
    [
      "no export",
      quantized({ quant_method: "quark", layer_quant_config: {} }),
      [["quark", "quantization_config.export", "none", ["quark-export-missing"]]],
    ],
    [
      "a group of null",
      quark({ export: { kv_cache_group: null } }),
      [["quark", QUARK_PATH, "none", ["quark-kv-group-missing"]]],
    ],
    ["no group", quark({ export: {} }), [["quark", QUARK_PATH, "none", ["quark-kv-group-missing"]]]],
    [
      "a group without rules",
      quark({ layer_quant_config: {} }),
      [["quark", QUARK_PATH, "unknown", ["quark-kv-layers-missing"]]],
    ],
    [
      "a group without any rules object",
      quark({}),
      [["quark", QUARK_PATH, "unknown", ["quark-kv-layers-missing"]]],
    ],
    [
      "rules without outputs",
      quark({ layer_quant_config: layers(null) }),
      [["quark", QUARK_PATH, "unknown", ["quark-kv-layers-missing"]]],
    ],
    [
      "int8",
      quark({ layer_quant_config: layers({ ...SPEC, dtype: "int8" }) }),
      [["quark", QUARK_PATH, "int8", ["quark-kv-spec-unsupported"]]],
    ],
    [
      "another dtype",
      quark({ layer_quant_config: layers({ ...SPEC, dtype: "fp8_e5m2" }) }),
      [["quark", QUARK_PATH, "unknown", ["quark-kv-spec-unsupported"]]],
    ],
    [
      "per channel",
      quark({ layer_quant_config: layers({ ...SPEC, qscheme: "per_channel" }) }),
      [["quark", QUARK_PATH, "float8_e4m3fn", ["quark-kv-spec-unsupported"], { strategy: undefined }]],
    ],
    [
      "two different rules",
      quark({
        layer_quant_config: {
          "*k_proj": { output_tensors: SPEC },
          "*v_proj": { output_tensors: { ...SPEC, dtype: "int8" } },
        },
      }),
      [["quark", QUARK_PATH, "float8_e4m3fn", ["quark-kv-layers-differ"]]],
    ],
    [
      "the Python argument alone",
      quark({ export: { kv_cache_group: [] }, kv_cache_quant_config: { "*k_proj": {} } }),
      [["quark", "quantization_config.kv_cache_quant_config", "unknown", ["quark-kv-config-unread"]]],
    ],
  ]));
