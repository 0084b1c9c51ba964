import { describe, expect, it } from "vitest";
import { DIALECTS } from "../../src/config/dialects.js";
import { itDeclares } from "./declares.js";
import { documents, quantized } from "./texts.js";

const CT = { quant_method: "compressed-tensors", config_groups: {} };
const SCHEME = { num_bits: 8, type: "float", symmetric: true, strategy: "tensor", dynamic: false };
const CT_PATH = "quantization_config.kv_cache_scheme";
const NESTED = "quantization.kv_cache_quant_algo";

describe("nothing is declared", () =>
  itDeclares([
    ["no files", {}, []],
    ["16-bit", documents({ model_type: "llama" }), []],
    [
      "keys of null",
      documents({ kv_cache_torch_dtype: null, kv_cache_dtype: null, quantization_config: null }),
      [],
    ],
    ["fp8 weights without a KV key", quantized({ quant_method: "fp8", activation_scheme: "static" }), []],
    ["compressed-tensors with null", quantized({ ...CT, kv_cache_scheme: null }), []],
    [
      "quark with an empty group",
      quantized({ quant_method: "quark", export: { kv_cache_group: [] }, kv_cache_quant_config: {} }),
      [],
    ],
    [
      "hostile keys",
      documents('{"__proto__": {"kv_cache_torch_dtype": "float8_e4m3fn"}, "constructor": 1}'),
      [],
    ],
  ]));

describe("several declarations at once", () =>
  itDeclares([
    [
      "in agreement",
      documents({
        kv_cache_torch_dtype: "float8_e4m3fn",
        quantization_config: { ...CT, kv_cache_scheme: SCHEME },
      }),
      [
        ["kv_cache_torch_dtype", "kv_cache_torch_dtype", "float8_e4m3fn", []],
        ["compressed-tensors", CT_PATH, "float8_e4m3fn", []],
      ],
    ],
    [
      "in contradiction",
      documents({
        kv_cache_torch_dtype: "float8_e4m3fnuz",
        quantization_config: { ...CT, kv_cache_scheme: SCHEME },
      }),
      [
        ["kv_cache_torch_dtype", "kv_cache_torch_dtype", "float8_e4m3fnuz", []],
        ["compressed-tensors", CT_PATH, "float8_e4m3fn", ["declarations-contradict"]],
      ],
    ],
    [
      "ModelOpt's two places differ",
      documents(
        {
          quantization_config: { quant_method: "modelopt", quant_algo: "NVFP4", kv_cache_scheme: "NVFP4" },
        },
        { quantization: { quant_algo: "NVFP4", kv_cache_quant_algo: "FP8" } },
      ),
      [
        ["modelopt-inline", CT_PATH, "nvfp4", []],
        ["modelopt", NESTED, "float8_e4m3fn", ["modelopt-files-diverge"]],
      ],
    ],
    [
      "only ModelOpt's file declares",
      documents(
        { quantization_config: { quant_method: "modelopt", quant_algo: "FP8" } },
        { quantization: { quant_algo: "FP8", kv_cache_quant_algo: "FP8" } },
      ),
      [["modelopt", NESTED, "float8_e4m3fn", ["modelopt-files-diverge"]]],
    ],
    [
      "only config.json declares",
      documents(
        { quantization_config: { quant_method: "modelopt", quant_algo: "FP8", kv_cache_scheme: "FP8" } },
        { quantization: { quant_algo: "FP8" } },
      ),
      [["modelopt-inline", CT_PATH, "float8_e4m3fn", ["modelopt-files-diverge"]]],
    ],
    [
      "ModelOpt's two places agree",
      documents(
        { quantization_config: { quant_method: "modelopt", quant_algo: "FP8", kv_cache_scheme: "FP8" } },
        { quantization: { quant_algo: "FP8", kv_cache_quant_algo: "FP8" } },
      ),
      [
        ["modelopt-inline", CT_PATH, "float8_e4m3fn", []],
        ["modelopt", NESTED, "float8_e4m3fn", []],
      ],
    ],
  ]));

it("the table has one row for each dialect", () => {
  expect(DIALECTS.map(({ id }) => id)).toEqual([
    "kv_cache_torch_dtype",
    "kv_cache_dtype",
    "compressed-tensors",
    "autofp8",
    "modelopt-inline",
    "modelopt",
    "quark",
  ]);
});
