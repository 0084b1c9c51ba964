import { isObject, type Json, type JsonObject, lookup } from "../../document/json.js";
import type { MapperKind } from "../names/vllm-mapper.js";
import type { View } from "./view.js";

/**
 * How vLLM settles scales: by the sentinel rule (fp8, modelopt, quark), by compressed-tensors' own rule,
 * not at all although the weights are quantised, or without any quantisation.
 */
export interface Method {
  readonly kind: "sentinel" | "compressed-tensors" | "none" | "unquantised";
  readonly mapper: MapperKind;
  /** Latent attention gets scale parameters too; only ModelOpt's config does that. */
  readonly latent: boolean;
}

/** The method that vLLM takes for a checkpoint. Source: vLLM layers/quantization @017e9f4. */
export function methodOf({ inventory }: View): Method {
  const { method } = inventory.weights;
  if (method === "none" && hasMistralScales(inventory.evidence)) return METHODS.fp8;
  return METHODS[method];
}

const METHODS: Readonly<Record<View["inventory"]["weights"]["method"], Method>> = {
  none: { kind: "unquantised", mapper: "base", latent: false },
  fp8: { kind: "sentinel", mapper: "fp8", latent: false },
  modelopt: { kind: "sentinel", mapper: "base", latent: true },
  quark: { kind: "sentinel", mapper: "quark", latent: false },
  "compressed-tensors": { kind: "compressed-tensors", mapper: "base", latent: false },
  awq: { kind: "none", mapper: "base", latent: false },
  gptq: { kind: "none", mapper: "base", latent: false },
  other: { kind: "none", mapper: "base", latent: false },
};

/** Mistral's own format says its quantisation in params.json, which is no config.json. */
export function hasMistralScales(evidence: View["inventory"]["evidence"]): boolean {
  return evidence.some(({ reading }) => "spelling" in reading && reading.spelling === "mistral");
}

/** Why vLLM stops at the quantisation block, as a clause; undefined where it accepts it. */
export function configFault({ inventory, settings }: View): string | undefined {
  const { block, modelopt } = settings;
  switch (inventory.weights.method) {
    case "fp8":
      return block && fp8Fault(block);
    case "compressed-tensors":
      return block && schemeFault(block.get("kv_cache_scheme"));
    case "modelopt":
      return (block ?? modelopt)?.get("quant_algo") ? undefined : MISSING_ALGO;
    case "quark":
      return block && quarkFault(block);
    default:
      return undefined;
  }
}

const MISSING_ALGO =
  "quant_algo is missing or null (ValueError), so KV-only ModelOpt checkpoints do not load";

function fp8Fault(block: JsonObject): string | undefined {
  const scheme = block.get("activation_scheme");
  if (scheme === "static" || scheme === "dynamic") return undefined;
  return `activation_scheme is ${told(scheme)} where "static" or "dynamic" is expected (ValueError)`;
}

function schemeFault(scheme: Json | undefined): string | undefined {
  if (scheme === undefined || scheme === null) return undefined;
  if (!isObject(scheme)) return `kv_cache_scheme is ${told(scheme)} where an object is expected`;
  return SCHEME_FAULTS.find(({ holds }) => holds(scheme))?.fault(scheme);
}

/** In the order of vLLM's own checks. Source: compressed_tensors.py validate_kv_cache_scheme @017e9f4. */
const SCHEME_FAULTS: readonly {
  readonly holds: (scheme: JsonObject) => boolean;
  readonly fault: (scheme: JsonObject) => string;
}[] = [
  {
    holds: (scheme) => scheme.get("type") !== "float" || scheme.get("num_bits") !== 8,
    fault: (scheme) =>
      `kv_cache_scheme has type ${told(scheme.get("type"))} and num_bits ${told(scheme.get("num_bits"))} where "float" and 8 are expected (NotImplementedError)`,
  },
  {
    holds: (scheme) => !["tensor", "attn_head"].includes(String(scheme.get("strategy"))),
    fault: (scheme) =>
      `kv_cache_scheme has strategy ${told(scheme.get("strategy"))} where "tensor" or "attn_head" is expected (ValueError)`,
  },
  {
    holds: (scheme) => scheme.get("symmetric") !== true,
    fault: (scheme) =>
      `kv_cache_scheme has symmetric ${told(scheme.get("symmetric"))} where true is expected (NotImplementedError)`,
  },
];

/** Source: vLLM quantization/quark/quark.py from_config, validate_kv_cache_config @017e9f4. */
function quarkFault(block: JsonObject): string | undefined {
  const group = lookup(block, ["export", "kv_cache_group"]);
  if (!isObject(block.get("export"))) return "export is missing (ValueError)";
  if (!Array.isArray(group))
    return `export.kv_cache_group is ${told(group)} where a list is expected (TypeError)`;
  if (group.length === 0) return undefined;
  const layers = block.get("layer_quant_config");
  const [first] = isObject(layers) ? group.flatMap((glob) => layers.get(String(glob)) ?? []) : [];
  if (first === undefined) return "layer_quant_config has no entry for export.kv_cache_group (ValueError)";
  return outputFault(lookup(first, ["output_tensors"]));
}

function outputFault(output: Json | undefined): string | undefined {
  if (!isObject(output)) return "the cache's output_tensors are empty (ValueError)";
  if (output.get("dtype") === "fp8_e4m3" && output.get("qscheme") === "per_tensor") return undefined;
  return `output_tensors have dtype ${told(output.get("dtype"))} and qscheme ${told(output.get("qscheme"))} where "fp8_e4m3" and "per_tensor" are expected (NotImplementedError)`;
}

/** A JSON value in a sentence. */
function told(value: Json | undefined): string {
  if (value === undefined) return "missing";
  return isObject(value) ? "an object" : (JSON.stringify(value) ?? "unreadable");
}
