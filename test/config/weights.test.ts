import { describe, expect, it } from "vitest";
import type { WeightQuantization } from "../../src/config/declaration.js";
import type { ConfigDocuments } from "../../src/config/documents.js";
import { weightQuantizationOf } from "../../src/config/weights.js";
import { documents, quantized } from "./texts.js";

const GROUP = { group_0: { targets: ["Linear"], weights: { num_bits: 8 } } };
const ATTENTION = { group_0: { targets: ["LlamaAttention"], input_activations: { num_bits: 8 } } };
const KV_FILE = { quantization: { quant_algo: null, kv_cache_quant_algo: "FP8", quantized_layers: {} } };

describe("how the weights are quantised", () => {
  it.each<[string, ConfigDocuments, WeightQuantization]>([
    ["no files", {}, { method: "none", kvOnly: false }],
    ["no quantisation", documents({ model_type: "llama" }), { method: "none", kvOnly: false }],
    ["null", documents({ quantization_config: null }), { method: "none", kvOnly: false }],
    ["fp8", quantized({ quant_method: "fp8" }), { method: "fp8", word: "fp8", kvOnly: false }],
    ["capitals", quantized({ quant_method: "FP8" }), { method: "fp8", word: "FP8", kvOnly: false }],
    [
      "fbgemm_fp8 is another method",
      quantized({ quant_method: "fbgemm_fp8" }),
      { method: "other", word: "fbgemm_fp8", kvOnly: false },
    ],
    [
      "awq_marlin",
      quantized({ quant_method: "awq_marlin" }),
      { method: "awq", word: "awq_marlin", kvOnly: false },
    ],
    ["gptq", quantized({ quant_method: "gptq" }), { method: "gptq", word: "gptq", kvOnly: false }],
    [
      "bitsandbytes",
      quantized({ quant_method: "bitsandbytes" }),
      { method: "other", word: "bitsandbytes", kvOnly: false },
    ],
    ["no method named", quantized({ bits: 4 }), { method: "other", kvOnly: false }],
    [
      "compressed-tensors",
      quantized({ quant_method: "compressed-tensors", config_groups: GROUP }),
      { method: "compressed-tensors", word: "compressed-tensors", kvOnly: false },
    ],
    [
      "compressed-tensors without groups",
      quantized({ quant_method: "compressed-tensors", config_groups: {} }),
      { method: "compressed-tensors", word: "compressed-tensors", kvOnly: true },
    ],
    [
      "compressed-tensors with attention groups only",
      quantized({ quant_method: "compressed-tensors", config_groups: ATTENTION }),
      { method: "compressed-tensors", word: "compressed-tensors", kvOnly: true },
    ],
    [
      "compressed-tensors under its old key",
      documents({ compression_config: { config_groups: GROUP } }),
      { method: "compressed-tensors", kvOnly: false },
    ],
    [
      "nested in the text model",
      documents({ text_config: { quantization_config: { quant_method: "fp8" } } }),
      { method: "fp8", word: "fp8", kvOnly: false },
    ],
    [
      "modelopt_fp4",
      quantized({ quant_method: "modelopt_fp4", quant_algo: "NVFP4" }),
      { method: "modelopt", word: "modelopt_fp4", kvOnly: false },
    ],
    [
      "modelopt, KV only",
      quantized({ quant_method: "modelopt", ignore: [] }),
      { method: "modelopt", word: "modelopt", kvOnly: true },
    ],
    [
      "modelopt by its producer, nested",
      quantized({ producer: { name: "modelopt" }, quantization: { quant_algo: "FP8" } }),
      { method: "modelopt", kvOnly: false },
    ],
    [
      "ModelOpt's file alone",
      documents({}, { quantization: { quant_algo: "FP8" } }),
      { method: "modelopt", kvOnly: false },
    ],
    ["ModelOpt's file alone, KV only", documents({}, KV_FILE), { method: "modelopt", kvOnly: true }],
    [
      "ModelOpt's file with mixed layers",
      documents({}, { quantization: { quant_algo: null, quantized_layers: { "a.b": {} } } }),
      { method: "modelopt", kvOnly: false },
    ],
    [
      "one place KV only, the other not",
      documents({ quantization_config: { quant_method: "modelopt", quant_algo: "FP8" } }, KV_FILE),
      { method: "modelopt", word: "modelopt", kvOnly: false },
    ],
    [
      "KV only here, weights in ModelOpt's file",
      documents(
        { quantization_config: { quant_method: "modelopt" } },
        { quantization: { quant_algo: "FP8" } },
      ),
      { method: "modelopt", word: "modelopt", kvOnly: false },
    ],
    [
      "quark",
      quantized({
        quant_method: "quark",
        global_quant_config: { weight: { dtype: "fp8_e4m3" } },
        layer_quant_config: {},
      }),
      { method: "quark", word: "quark", kvOnly: false },
    ],
    [
      "quark, weights of single layers",
      quantized({
        quant_method: "quark",
        global_quant_config: { weight: null },
        layer_quant_config: { a: { weight: { dtype: "int8" } } },
      }),
      { method: "quark", word: "quark", kvOnly: false },
    ],
    [
      "quark, KV only",
      quantized({
        quant_method: "quark",
        global_quant_config: { weight: null },
        layer_quant_config: { "*k_proj": { weight: null } },
      }),
      { method: "quark", word: "quark", kvOnly: true },
    ],
  ])("%s", (_, docs, expected) => {
    expect(weightQuantizationOf(docs)).toEqual(expected);
  });
});
