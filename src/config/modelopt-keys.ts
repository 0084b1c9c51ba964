import { isObject, type Json, type JsonObject, lookup, type Path } from "../document/json.js";
import { quoted } from "../document/wording.js";
import type { Finding } from "../finding.js";
import type { Declaration } from "./declaration.js";
import { declaration, keyIs, remark } from "./dialect.js";
import { cacheOfScheme, dynamicFinding, isDynamic, KV_SCHEME } from "./scheme.js";

/** The key of the nested form, whose value is a word. */
export const KV_ALGO = "kv_cache_quant_algo";

/**
 * Where a ModelOpt object can declare its KV cache, nested (to 0.43) or flat (from 1.0), in the order
 * in which vLLM looks (`get_kv_cache_quant_algo_string`, torch_utils.py @017e9f4).
 */
export const KV_PATHS: readonly Path[] = [
  ["quantization", KV_SCHEME],
  [KV_SCHEME],
  ["quantization", KV_ALGO],
  [KV_ALGO],
];

/** The key that decides; undefined where no key of the object declares a cache. */
export function decidingPath(value: JsonObject): Path | undefined {
  return KV_PATHS.find((path) => isTruthy(lookup(value, path)));
}

/** What a ModelOpt object at `base` of a file says about the KV cache; null is said to be "none". */
export function readModelOpt(
  dialect: Declaration["dialect"],
  file: string,
  base: Path,
  value: JsonObject,
): readonly Declaration[] {
  const path = decidingPath(value) ?? KV_PATHS.find((keys) => lookup(value, keys) !== undefined);
  if (path === undefined) return [];
  const said = lookup(value, path) ?? null;
  const cache = cacheOf(said);
  const findings = [
    cache === "unknown" ? unknownAlgorithm(path.at(-1)!, said) : undefined,
    isObject(said) ? dynamicFinding(said) : undefined,
    cache === "none" || isTruthy(quantAlgo(value)) ? undefined : missingAlgorithm(),
  ];
  const dynamic = isObject(said) && isDynamic(said);
  return [
    declaration({
      dialect,
      file,
      keys: [...base, ...path],
      cache,
      dynamic,
      producer: producerOf(value),
      findings,
    }),
  ];
}

/** ModelOpt's words in capitals; vLLM and SGLang compare without regard to case. */
const ALGORITHMS: ReadonlyMap<string, Declaration["cache"]> = new Map([
  ["FP8", "float8_e4m3fn"],
  ["NVFP4", "nvfp4"],
  ["NVFP4_AFFINE", "nvfp4"],
  ["INT8", "int8"],
]);

function cacheOf(said: Json): Declaration["cache"] {
  if (!isTruthy(said)) return "none";
  if (isObject(said)) return cacheOfScheme(said);
  return (typeof said === "string" ? ALGORITHMS.get(said.toUpperCase()) : undefined) ?? "unknown";
}

/** As Python's `or` sees it. */
function isTruthy(value: Json | undefined): boolean {
  if (isObject(value)) return value.size > 0;
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function quantAlgo(value: JsonObject): Json | undefined {
  return lookup(value, ["quantization", "quant_algo"]) ?? value.get("quant_algo");
}

function producerOf(value: JsonObject): string | undefined {
  const name = lookup(value, ["producer", "name"]);
  const version = lookup(value, ["producer", "version"]);
  if (typeof name !== "string") return undefined;
  return typeof version === "string" ? `${name} ${version}` : name;
}

function unknownAlgorithm(key: string, said: Json): Finding {
  return remark(
    "modelopt-kv-algo-unknown",
    "warning",
    `${keyIs(key, said)}, which engines do not know: vLLM then keeps a 16-bit cache`,
  );
}

/** A warning, not an error: ModelOpt writes its KV-only checkpoints so, and TensorRT-LLM takes them. */
function missingAlgorithm(): Finding {
  return remark(
    "modelopt-quant-algo-missing",
    "warning",
    `the ModelOpt config declares a KV cache but no ${quoted("quant_algo")}: TensorRT-LLM takes it, vLLM and SGLang refuse the checkpoint`,
    "For vLLM or SGLang, declare the cache anew with `kvscale convert --engine`.",
  );
}
