import { removeMembers } from "../document/edit.js";
import { isObject, type Json } from "../document/json.js";
import type { Declaration, DialectId } from "./declaration.js";
import { declaration, keyIs, remark } from "./dialect.js";
import { type ConfigDocuments, inlineQuantization, type QuantizationMethod } from "./documents.js";
import { KV_ALGO } from "./modelopt-keys.js";
import { needConfig } from "./refusals.js";
import { cacheOfScheme, isDynamic, KV_SCHEME } from "./scheme.js";

/**
 * KV keys in the quantisation object of a method whose readers do not look at them, such as a scheme beside
 * AWQ weights. They declare what they say, with the finding that nobody reads it.
 */
export function strayDeclarations(documents: ConfigDocuments): readonly Declaration[] {
  const inline = inlineQuantization(documents);
  return strayKeys(documents).map((key) => {
    const said = inline!.value.get(key)!;
    const word = inline!.value.get("quant_method");
    const unread = remark(
      "kv-key-unread",
      "warning",
      `${keyIs(key, said)} beside the ${keyIs("quant_method", word)}, where no engine reads it`,
      "Remove the key with `kvscale strip`, or merge the scales into the 16-bit checkpoint.",
    );
    const dynamic = isObject(said) && isDynamic(said);
    const keys = [...inline!.path, key];
    return declaration({
      dialect: dialectOf(key, said),
      file: inline!.file,
      keys,
      cache: cacheOf(said),
      dynamic,
      findings: [unread],
    });
  });
}

/** The documents without such keys. */
export function withoutStrayKeys(documents: ConfigDocuments): ConfigDocuments {
  const inline = inlineQuantization(documents);
  const keys = strayKeys(documents);
  if (inline === undefined || keys.length === 0) return documents;
  return { ...documents, config: removeMembers(needConfig(documents), inline.path, keys) };
}

const READERS: ReadonlyMap<string, ReadonlySet<QuantizationMethod>> = new Map([
  [KV_SCHEME, new Set<QuantizationMethod>(["compressed-tensors", "fp8", "modelopt"])],
  [KV_ALGO, new Set<QuantizationMethod>(["modelopt"])],
]);

function strayKeys(documents: ConfigDocuments): readonly string[] {
  const inline = inlineQuantization(documents);
  if (inline === undefined) return [];
  return [...READERS]
    .filter(([key, methods]) => !methods.has(inline.method) && (inline.value.get(key) ?? null) !== null)
    .map(([key]) => key);
}

function dialectOf(key: string, said: Json): DialectId {
  if (key === KV_ALGO) return "modelopt-inline";
  return isObject(said) ? "compressed-tensors" : "autofp8";
}

const WORDS: ReadonlyMap<Json, Declaration["cache"]> = new Map([
  ["static", "float8_e4m3fn"],
  ["FP8", "float8_e4m3fn"],
  ["NVFP4", "nvfp4"],
  ["INT8", "int8"],
]);

function cacheOf(said: Json): Declaration["cache"] {
  return isObject(said) ? cacheOfScheme(said) : (WORDS.get(said) ?? "unknown");
}
