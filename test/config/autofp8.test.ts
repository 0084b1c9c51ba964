import { describe } from "vitest";
import { itDeclares } from "./declares.js";
import { quantized } from "./texts.js";

const CT_PATH = "quantization_config.kv_cache_scheme";

describe("AutoFP8 declares", () =>
  itDeclares([
    [
      "static",
      quantized({ quant_method: "fp8", activation_scheme: "static", kv_cache_scheme: "static" }),
      [["autofp8", CT_PATH, "float8_e4m3fn", ["kv-scheme-unread"], { dynamic: false }]],
    ],
    [
      "dynamic",
      quantized({ quant_method: "fp8", activation_scheme: "dynamic", kv_cache_scheme: "dynamic" }),
      [["autofp8", CT_PATH, "float8_e4m3fn", ["kv-scheme-unread"], { dynamic: true }]],
    ],
    [
      "another word",
      quantized({ quant_method: "fp8", activation_scheme: "static", kv_cache_scheme: "per-head" }),
      [["autofp8", CT_PATH, "unknown", ["kv-scheme-unread", "kv-scheme-word-unknown"]]],
    ],
    [
      "an object",
      quantized({
        quant_method: "fp8",
        activation_scheme: "static",
        kv_cache_scheme: { num_bits: 8, type: "int" },
      }),
      [["autofp8", CT_PATH, "int8", ["kv-scheme-unread"]]],
    ],
    [
      "a bad activation scheme",
      quantized({ quant_method: "fp8", activation_scheme: "fixed", kv_cache_scheme: "static" }),
      [["autofp8", CT_PATH, "float8_e4m3fn", ["kv-scheme-unread", "activation-scheme-unknown"]]],
    ],
  ]));
