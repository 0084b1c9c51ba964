import type { Document } from "../document/document.js";
import { isObject, type Json, type JsonObject, lookup, type Path } from "../document/json.js";
import type { WeightQuantization } from "./declaration.js";

/** The two files in which a checkpoint can declare its KV cache. */
export interface ConfigDocuments {
  /** `config.json`. */
  readonly config?: Document;
  /** ModelOpt's `hf_quant_config.json`. */
  readonly quantConfig?: Document;
}

/** The methods that matter here; engines choose their KV-cache code by them. */
export type QuantizationMethod = Exclude<WeightQuantization["method"], "none">;

/** The quantisation object of config.json: where it is, what it says, and which method it names. */
export interface InlineQuantization {
  readonly file: string;
  readonly path: Path;
  readonly value: JsonObject;
  readonly method: QuantizationMethod;
}

/**
 * The quantisation object that engines read from config.json. Places and their order as in vLLM
 * `get_quant_config`, weight_utils.py @017e9f4; a missing `quant_method` is filled in as readers do.
 */
export function inlineQuantization({ config }: ConfigDocuments): InlineQuantization | undefined {
  if (config === undefined) return undefined;
  for (const path of PLACES) {
    const value = lookup(config.value, path);
    if (isObject(value)) return { file: config.file, path, value, method: methodOf(path, value) };
  }
  return undefined;
}

/** True where the object names ModelOpt as its producer, as TensorRT-LLM and vLLM recognise it. */
export function isModelOpt(value: JsonObject): boolean {
  return (
    word(value.get("quant_method")).startsWith("modelopt") ||
    lookup(value, ["producer", "name"]) === "modelopt"
  );
}

/** A string in lower case, since engines compare these words so; "" for anything else. */
export function word(value: Json | undefined): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

const PLACES: readonly Path[] = [
  ["quantization_config"],
  ["text_config", "quantization_config"],
  // The key of compressed-tensors before it shared the others'.
  ["compression_config"],
];

const METHODS: readonly (readonly [pattern: RegExp, method: QuantizationMethod])[] = [
  [/^fp8$/, "fp8"],
  [/^compressed[-_]tensors$/, "compressed-tensors"],
  [/^modelopt/, "modelopt"],
  [/^quark$/, "quark"],
  [/^awq/, "awq"],
  [/^gptq/, "gptq"],
];

function methodOf(path: Path, value: JsonObject): QuantizationMethod {
  const method = word(value.get("quant_method"));
  if (method !== "") return METHODS.find(([pattern]) => pattern.test(method))?.[1] ?? "other";
  if (isModelOpt(value)) return "modelopt";
  return path[0] === "compression_config" ? "compressed-tensors" : "other";
}
