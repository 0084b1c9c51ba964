import { describe } from "vitest";
import { itDeclares } from "./declares.js";
import { documents, quantized } from "./texts.js";

const CT_PATH = "quantization_config.kv_cache_scheme";
const modelopt = (quantization: object) => documents({}, { producer: { name: "modelopt" }, quantization });
const NESTED = "quantization.kv_cache_quant_algo";
const flat = (change: object) => quantized({ quant_method: "modelopt", quant_algo: "FP8", ...change });

describe("ModelOpt's file declares", () =>
  itDeclares([
    [
      "FP8",
      modelopt({ quant_algo: "FP8", kv_cache_quant_algo: "FP8" }),
      [["modelopt", NESTED, "float8_e4m3fn", []]],
    ],
    [
      "small letters",
      modelopt({ quant_algo: "FP8", kv_cache_quant_algo: "fp8" }),
      [["modelopt", NESTED, "float8_e4m3fn", []]],
    ],
    [
      "NVFP4",
      modelopt({ quant_algo: "NVFP4", kv_cache_quant_algo: "NVFP4" }),
      [["modelopt", NESTED, "nvfp4", []]],
    ],
    [
      "NVFP4_AFFINE",
      modelopt({ quant_algo: "NVFP4", kv_cache_quant_algo: "NVFP4_AFFINE" }),
      [["modelopt", NESTED, "nvfp4", []]],
    ],
    [
      "INT8",
      modelopt({ quant_algo: "W4A16_AWQ", kv_cache_quant_algo: "INT8" }),
      [["modelopt", NESTED, "int8", []]],
    ],
    ["null", modelopt({ quant_algo: "FP8", kv_cache_quant_algo: null }), [["modelopt", NESTED, "none", []]]],
    [
      "another word",
      modelopt({ quant_algo: "FP8", kv_cache_quant_algo: "MXFP8" }),
      [["modelopt", NESTED, "unknown", ["modelopt-kv-algo-unknown"]]],
    ],
    [
      "KV only",
      modelopt({ quant_algo: null, kv_cache_quant_algo: "FP8", quantized_layers: {} }),
      [["modelopt", NESTED, "float8_e4m3fn", ["modelopt-quant-algo-missing"]]],
    ],
    [
      "flat",
      documents(
        {},
        {
          quant_method: "modelopt",
          quant_algo: "FP8",
          kv_cache_scheme: { dynamic: false, num_bits: 8, type: "float" },
        },
      ),
      [["modelopt", "kv_cache_scheme", "float8_e4m3fn", []]],
    ],
    ["no word about the cache", modelopt({ quant_algo: "FP8" }), []],
    [
      "producer with version",
      documents(
        {},
        {
          producer: { name: "modelopt", version: "0.43.0" },
          quantization: { quant_algo: "FP8", kv_cache_quant_algo: "FP8" },
        },
      ),
      [["modelopt", NESTED, "float8_e4m3fn", [], { producer: "modelopt 0.43.0" }]],
    ],
  ]));

describe("ModelOpt declares in config.json", () =>
  itDeclares([
    [
      "an object",
      flat({ kv_cache_scheme: { dynamic: false, num_bits: 8, type: "float" } }),
      [["modelopt-inline", CT_PATH, "float8_e4m3fn", []]],
    ],
    [
      "an object for NVFP4",
      flat({ kv_cache_scheme: { dynamic: false, num_bits: 4, type: "float" } }),
      [["modelopt-inline", CT_PATH, "nvfp4", []]],
    ],
    [
      "an object nobody knows",
      flat({ kv_cache_scheme: { dynamic: false, num_bits: 6, type: "float" } }),
      [["modelopt-inline", CT_PATH, "unknown", ["modelopt-kv-algo-unknown"]]],
    ],
    [
      "a dynamic object",
      flat({ kv_cache_scheme: { dynamic: true, num_bits: 8, type: "float" } }),
      [["modelopt-inline", CT_PATH, "float8_e4m3fn", ["kv-scheme-dynamic"], { dynamic: true }]],
    ],
    ["a string", flat({ kv_cache_scheme: "FP8" }), [["modelopt-inline", CT_PATH, "float8_e4m3fn", []]]],
    [
      "kv_cache_quant_algo",
      flat({ kv_cache_quant_algo: "FP8" }),
      [["modelopt-inline", "quantization_config.kv_cache_quant_algo", "float8_e4m3fn", []]],
    ],
    [
      "the scheme decides before the word",
      flat({ kv_cache_scheme: "NVFP4", kv_cache_quant_algo: "FP8" }),
      [["modelopt-inline", CT_PATH, "nvfp4", []]],
    ],
    [
      "an empty scheme leaves it to the word",
      flat({ kv_cache_scheme: {}, kv_cache_quant_algo: "FP8" }),
      [["modelopt-inline", "quantization_config.kv_cache_quant_algo", "float8_e4m3fn", []]],
    ],
    [
      "nested, by its producer",
      quantized({
        producer: { name: "modelopt" },
        quantization: { quant_algo: "FP8", kv_cache_quant_algo: "FP8" },
      }),
      [["modelopt-inline", "quantization_config.quantization.kv_cache_quant_algo", "float8_e4m3fn", []]],
    ],
    [
      "KV only",
      quantized({
        quant_method: "modelopt",
        kv_cache_scheme: { dynamic: false, num_bits: 8, type: "float" },
      }),
      [["modelopt-inline", CT_PATH, "float8_e4m3fn", ["modelopt-quant-algo-missing"]]],
    ],
  ]));
