import { describe } from "vitest";
import { itDeclares } from "./declares.js";
import { quantized } from "./texts.js";

const CT = { quant_method: "compressed-tensors", config_groups: {} };
const SCHEME = { num_bits: 8, type: "float", symmetric: true, strategy: "tensor", dynamic: false };
const CT_PATH = "quantization_config.kv_cache_scheme";

describe("keys where nobody reads them", () =>
  itDeclares([
    [
      "a scheme beside AWQ",
      quantized({ quant_method: "awq", kv_cache_scheme: SCHEME }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-key-unread"]]],
    ],
    [
      "a word beside GPTQ",
      quantized({ quant_method: "gptq", kv_cache_scheme: "static" }),
      [["autofp8", CT_PATH, "float8_e4m3fn", ["kv-key-unread"]]],
    ],
    [
      "ModelOpt's word beside compressed-tensors",
      quantized({ ...CT, kv_cache_quant_algo: "FP8" }),
      [["modelopt-inline", "quantization_config.kv_cache_quant_algo", "float8_e4m3fn", ["kv-key-unread"]]],
    ],
    [
      "a scheme without a method",
      quantized({ kv_cache_scheme: SCHEME }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-key-unread"]]],
    ],
    [
      "a scheme beside Quark",
      quantized({
        quant_method: "quark",
        export: { kv_cache_group: [] },
        kv_cache_scheme: { num_bits: 8, type: "int" },
      }),
      [["compressed-tensors", CT_PATH, "int8", ["kv-key-unread"]]],
    ],
  ]));
