import { Document } from "../document/document.js";
import { removeMember, setMember } from "../document/edit.js";
import { isObject, type JsonInput, type JsonObject, lookup, type Path } from "../document/json.js";
import type { Dialect } from "./dialect.js";
import { type ConfigDocuments, type InlineQuantization, inlineQuantization } from "./documents.js";
import { decidingPath, KV_ALGO, KV_PATHS, readModelOpt } from "./modelopt-keys.js";
import { methodRefusal, needConfig } from "./refusals.js";
import { KV_SCHEME } from "./scheme.js";
import { leavesWeights } from "./weights.js";

/** ModelOpt's `hf_quant_config.json`, which TensorRT-LLM trusts before config.json; made where there is none. */
export const modelOpt: Dialect = {
  id: "modelopt",
  about: "`kv_cache_quant_algo` in ModelOpt's hf_quant_config.json; read by TensorRT-LLM, SGLang and vLLM",
  read: ({ quantConfig }) =>
    quantConfig === undefined ? [] : readModelOpt("modelopt", quantConfig.file, [], quantConfig.value),
  writing: {
    formats: ["float8_e4m3fn"],
    strategies: ["tensor"],
    declare: (documents) => declareIn(documents, withNewFile),
  },
  undeclare(documents) {
    const { quantConfig, ...rest } = documents;
    if (quantConfig === undefined || decidingPath(quantConfig.value) === undefined) return documents;
    if (leavesWeights("modelopt", quantConfig.value)) return rest;
    return { ...documents, quantConfig: withoutCache(quantConfig, [], quantConfig.value) };
  },
};

/** The same in `quantization_config` of config.json, nested or flat; made flat where there is none. */
export const modelOptInline: Dialect = {
  id: "modelopt-inline",
  about:
    "`kv_cache_scheme` or `kv_cache_quant_algo` in ModelOpt's `quantization_config`; read by vLLM and SGLang",
  read(documents) {
    const inline = own(documents);
    return inline === undefined
      ? []
      : readModelOpt("modelopt-inline", inline.file, inline.path, inline.value);
  },
  writing: {
    formats: ["float8_e4m3fn"],
    strategies: ["tensor"],
    declare: (documents) => declareIn(documents, withNewBlock),
  },
  undeclare(documents) {
    const inline = own(documents);
    if (inline === undefined || decidingPath(inline.value) === undefined) return documents;
    const config = needConfig(documents);
    if (leavesWeights("modelopt", inline.value))
      return { ...documents, config: removeMember(config, inline.path) };
    return { ...documents, config: withoutCache(config, inline.path, inline.value) };
  },
};

function own(documents: ConfigDocuments): InlineQuantization | undefined {
  const inline = inlineQuantization(documents);
  return inline?.method === "modelopt" ? inline : undefined;
}

/** Both places where both exist, since engines differ in which one they trust; `fresh` where there is neither. */
function declareIn(
  documents: ConfigDocuments,
  fresh: (documents: ConfigDocuments) => ConfigDocuments,
): ConfigDocuments {
  const inline = inlineQuantization(documents);
  if (inline !== undefined && inline.method !== "modelopt")
    throw methodRefusal("16-bit weights, or weights quantised by ModelOpt", inline);
  const { config, quantConfig } = documents;
  if (inline === undefined && quantConfig === undefined) return fresh(documents);
  return {
    ...documents,
    ...(inline && config && { config: withCache(config, inline.path, inline.value) }),
    ...(quantConfig && { quantConfig: withCache(quantConfig, [], quantConfig.value) }),
  };
}

/**
 * As ModelOpt writes a KV-only export, its four spaces and missing last line break included. The producer's
 * name is a mark of the format: readers refuse files with another one.
 */
function withNewFile(documents: ConfigDocuments): ConfigDocuments {
  const content = {
    producer: { name: "modelopt" },
    quantization: { quant_algo: null, [KV_ALGO]: "FP8", quantized_layers: {} },
  };
  return {
    ...documents,
    quantConfig: new Document("hf_quant_config.json", JSON.stringify(content, null, 4)),
  };
}

function withNewBlock(documents: ConfigDocuments): ConfigDocuments {
  const block: JsonInput = {
    ignore: [],
    [KV_SCHEME]: FP8_SCHEME,
    producer: { name: "modelopt" },
    quant_method: "modelopt",
  };
  return { ...documents, config: setMember(needConfig(documents), ["quantization_config"], block) };
}

/** ModelOpt's flat form has no `strategy`: its cache is per tensor (convert_hf_config.py L268-274 @a2fbac7b). */
const FP8_SCHEME: JsonInput = { dynamic: false, num_bits: 8, type: "float" };

function withCache(document: Document, base: Path, value: JsonObject): Document {
  const path =
    decidingPath(value) ?? (isObject(value.get("quantization")) ? ["quantization", KV_ALGO] : [KV_SCHEME]);
  return setMember(document, [...base, ...path], path.at(-1) === KV_ALGO ? "FP8" : FP8_SCHEME);
}

/** ModelOpt's nested form has its key always, null for a 16-bit cache; its flat form leaves the key out. */
function withoutCache(document: Document, base: Path, value: JsonObject): Document {
  return KV_PATHS.filter((path) => (lookup(value, path) ?? null) !== null).reduce((edited, path) => {
    const member = [...base, ...path];
    return path.at(-1) === KV_ALGO ? setMember(edited, member, null) : removeMember(edited, member);
  }, document);
}
