import { describe } from "vitest";
import { itDeclares } from "./declares.js";
import { documents, quantized } from "./texts.js";

const CT = { quant_method: "compressed-tensors", config_groups: {} };
const SCHEME = { num_bits: 8, type: "float", symmetric: true, strategy: "tensor", dynamic: false };
const CT_PATH = "quantization_config.kv_cache_scheme";
const scheme = (change: object) => quantized({ ...CT, kv_cache_scheme: { ...SCHEME, ...change } });
const without = (key: keyof typeof SCHEME) => {
  const { [key]: _, ...rest } = SCHEME;
  return quantized({ ...CT, kv_cache_scheme: rest });
};

describe("compressed-tensors declares", () =>
  itDeclares([
    [
      "complete",
      scheme({}),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", [], { strategy: "tensor", dynamic: false }]],
    ],
    [
      "per head",
      scheme({ strategy: "attn_head" }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", [], { strategy: "attn_head" }]],
    ],
    [
      "observer and version",
      quantized({ ...CT, version: "0.18.1", kv_cache_scheme: { ...SCHEME, observer: "minmax" } }),
      [
        [
          "compressed-tensors",
          CT_PATH,
          "float8_e4m3fn",
          [],
          { observer: "minmax", producer: "compressed-tensors 0.18.1" },
        ],
      ],
    ],
    [
      "keys since 0.11, empty",
      scheme({
        group_size: null,
        block_structure: null,
        actorder: null,
        observer: null,
        observer_kwargs: {},
      }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", []]],
    ],
    [
      "keys of later versions",
      scheme({ scale_dtype: null, zp_dtype: null }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-key-later"]]],
    ],
    [
      "unknown keys",
      scheme({ total_num_heads: 8, "\u001b[31m": 1 }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-key-unknown", "kv-scheme-key-unknown"]]],
    ],
    [
      "no strategy",
      without("strategy"),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-key-missing"], { strategy: undefined }]],
    ],
    [
      "no symmetric, as AngelSlim",
      without("symmetric"),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-key-missing"]]],
    ],
    [
      "no num_bits",
      without("num_bits"),
      [["compressed-tensors", CT_PATH, "unknown", ["kv-scheme-key-missing"]]],
    ],
    [
      "ModelOpt's three keys",
      quantized({ ...CT, kv_cache_scheme: { dynamic: false, num_bits: 8, type: "float" } }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-key-missing", "kv-scheme-key-missing"]]],
    ],
    [
      "asymmetric",
      scheme({ symmetric: false }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-asymmetric"]]],
    ],
    [
      "per channel",
      scheme({ strategy: "channel" }),
      [
        [
          "compressed-tensors",
          CT_PATH,
          "float8_e4m3fn",
          ["kv-scheme-strategy-unsupported"],
          { strategy: undefined },
        ],
      ],
    ],
    ["int8", scheme({ type: "int" }), [["compressed-tensors", CT_PATH, "int8", ["kv-scheme-not-fp8"]]]],
    [
      "4-bit float",
      scheme({ num_bits: 4 }),
      [["compressed-tensors", CT_PATH, "nvfp4", ["kv-scheme-not-fp8"]]],
    ],
    [
      "3-bit int",
      scheme({ num_bits: 3, type: "int" }),
      [["compressed-tensors", CT_PATH, "unknown", ["kv-scheme-not-fp8", "kv-scheme-not-fp8"]]],
    ],
    [
      "dynamic",
      scheme({ dynamic: true }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-dynamic"], { dynamic: true }]],
    ],
    [
      "dynamic by block",
      scheme({ dynamic: "local" }),
      [["compressed-tensors", CT_PATH, "float8_e4m3fn", ["kv-scheme-dynamic"], { dynamic: true }]],
    ],
    [
      "a string",
      quantized({ ...CT, kv_cache_scheme: "static" }),
      [["compressed-tensors", CT_PATH, "unknown", ["kv-scheme-not-an-object"]]],
    ],
    [
      "under its old key",
      documents({ compression_config: { config_groups: {}, kv_cache_scheme: SCHEME } }),
      [["compressed-tensors", "compression_config.kv_cache_scheme", "float8_e4m3fn", []]],
    ],
    [
      "nested in the text model",
      documents({ text_config: { quantization_config: { ...CT, kv_cache_scheme: SCHEME } } }),
      [["compressed-tensors", "text_config.quantization_config.kv_cache_scheme", "float8_e4m3fn", []]],
    ],
  ]));
