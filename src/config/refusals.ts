import { Document } from "../document/document.js";
import { quoted } from "../document/wording.js";
import { dataRefusal, type Refusal } from "../errors.js";
import type { ConfigDocuments, InlineQuantization, QuantizationMethod } from "./documents.js";

/** config.json of the checkpoint. Throws a data Refusal where there is none. */
export function needConfig({ config }: ConfigDocuments): Document {
  if (config !== undefined) return config;
  throw dataRefusal("config-missing", {
    expected: "a config.json in which to declare the KV cache",
    found: "none",
    remedy: "Point at the checkpoint's directory.",
  });
}

/**
 * The refusal to declare a KV cache for `wanted` weights beside another method's quantisation: a checkpoint
 * has one `quant_method`, and engines choose their KV-cache code by it.
 */
export function methodRefusal(wanted: string, found: InlineQuantization | Document | undefined): Refusal {
  const method = found === undefined || found instanceof Document ? undefined : found.method;
  return dataRefusal("quantization-forbids-dialect", {
    ...(found === undefined ? {} : { file: found.file }),
    expected: wanted,
    found: nameOf(found),
    remedy: (method && REMEDIES[method]) ?? "Merge into the 16-bit checkpoint instead.",
  });
}

/** vLLM has KV-cache methods for fp8, modelopt, quark and compressed-tensors, and for no other. */
const DROPPED =
  "Merge into the 16-bit checkpoint instead: engines drop the KV scales of this method in silence.";

const REMEDIES: Partial<Record<QuantizationMethod, string>> = {
  awq: DROPPED,
  gptq: DROPPED,
  fp8: "Use the dialect `autofp8`, or declare nothing: engines read the scales of such a checkpoint as they are.",
  modelopt: "Use the dialect `modelopt`, or strip the checkpoint first if only its KV cache is quantised.",
  quark: "Use the dialect `quark`.",
  "compressed-tensors":
    "Use the dialect `compressed-tensors`, or strip the checkpoint first if only its KV cache is quantised.",
};

function nameOf(found: InlineQuantization | Document | undefined): string {
  if (found === undefined) return "16-bit weights";
  if (found instanceof Document) return "weights that ModelOpt's file declares";
  const word = found.value.get("quant_method");
  const named = typeof word === "string" ? `the quant_method ${quoted(word)}` : "no quant_method";
  return `${named} at ${found.path.join(".")}`;
}
