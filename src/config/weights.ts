import { isObject, type Json, type JsonObject, lookup } from "../document/json.js";
import type { WeightQuantization } from "./declaration.js";
import { type ConfigDocuments, inlineQuantization, type QuantizationMethod } from "./documents.js";

/**
 * How the weights themselves are quantised, from config.json, else from `hf_quant_config.json`. `kvOnly` is
 * true where everything that is declared leaves the weights 16-bit.
 */
export function weightQuantizationOf(documents: ConfigDocuments): WeightQuantization {
  const inline = inlineQuantization(documents);
  const file = documents.quantConfig?.value;
  if (inline === undefined) {
    return file === undefined
      ? { method: "none", kvOnly: false }
      : { method: "modelopt", kvOnly: leavesWeights("modelopt", file) };
  }
  const { method, value } = inline;
  const written = value.get("quant_method");
  const kvOnly = leavesWeights(method, value) && (file === undefined || leavesWeights("modelopt", file));
  return { method, ...(typeof written === "string" ? { word: written } : {}), kvOnly };
}

/** True where a quantisation object of this method quantises no weight, so that at most the KV cache is left. */
export function leavesWeights(method: QuantizationMethod, value: JsonObject): boolean {
  return LEAVES_WEIGHTS[method]?.(value) ?? false;
}

/** The other methods exist to quantise weights: there is no form of them without. */
const LEAVES_WEIGHTS: Partial<Record<QuantizationMethod, (value: JsonObject) => boolean>> = {
  "compressed-tensors": (value) => groupsAreKvOnly(value.get("config_groups")),
  modelopt: (value) =>
    [value, value.get("quantization")].every(
      (part) =>
        !isObject(part) || (!part.get("quant_algo") && WEIGHT_MAPS.every((key) => isEmpty(part.get(key)))),
    ),
  quark: (value) =>
    isObject(value.get("layer_quant_config")) &&
    [value.get("global_quant_config"), ...layersOf(value)].every((layer) => !lookup(layer, ["weight"])),
};

const WEIGHT_MAPS = ["config_groups", "quantized_layers"] as const;

/** vLLM skips groups whose only targets are attention modules (compressed_tensors.py L235-247 @017e9f4). */
function groupsAreKvOnly(groups: Json | undefined): boolean {
  if (!isObject(groups)) return groups === undefined || groups === null;
  return [...groups.values()].every((group) => {
    const targets = lookup(group, ["targets"]);
    return Array.isArray(targets) && targets.length > 0 && targets.every(isAttention);
  });
}

function isAttention(target: Json): boolean {
  return typeof target === "string" && target.endsWith("Attention");
}

function layersOf(value: JsonObject): Iterable<Json> {
  const layers = value.get("layer_quant_config");
  return isObject(layers) ? layers.values() : [];
}

function isEmpty(value: Json | undefined): boolean {
  return !isObject(value) || value.size === 0;
}
