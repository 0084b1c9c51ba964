import type { Document } from "../../document/document.js";
import { isObject, type JsonObject } from "../../document/json.js";
import { dataRefusal } from "../../errors.js";
import type { Recipe } from "../recipe.js";
import { build, type Prefixes } from "./build.js";
import { withClassDefaults } from "./class-defaults.js";
import { Fields } from "./fields.js";
import type { Architecture } from "./row.js";
import { ARCHITECTURES } from "./rows.js";
import { refuseUnknownFields } from "./unknown-fields.js";

/**
 * The forward pass of a checkpoint, from its config.json and the names of its tensors; of a multimodal model, its
 * text part. Throws a data Refusal for an architecture that is not known, with the list of those that are, and for
 * fields that are missing, of a wrong type, or ask for arithmetic that is not known.
 */
export function recipeOf(config: Document, tensors: { has(name: string): boolean }): Recipe {
  const { row, text, path } = textModel(config);
  const prefixes = PREFIXES.find(({ model }) => tensors.has(`${model}embed_tokens.weight`));
  if (prefixes === undefined) throw nameless(config.file);
  const fields = new Fields(withClassDefaults(row.modelType, text), config.file, path);
  for (const key of UNKNOWN_WHEN_ON) {
    if (fields.has(key) && fields.object.get(key) !== false)
      throw fields.wrong(key, "false or nothing", NOT_COMPUTED);
  }
  refuseUnknownFields(row, fields);
  return build(row, fields, prefixes);
}

/** The `model_type`s whose layers can be run. */
export const KNOWN_ARCHITECTURES: readonly string[] = ARCHITECTURES.map(({ modelType }) => modelType);

/** Switches that would change the arithmetic. */
const UNKNOWN_WHEN_ON = ["use_bidirectional_attention"];
const NOT_COMPUTED = "This kind of attention is not computed here; use --data synthetic.";

/** As decoders are called in checkpoints of their own, and within multimodal ones of both generations. */
const PREFIXES: readonly Prefixes[] = [
  { model: "model.", head: "" },
  { model: "language_model.model.", head: "language_model." },
  { model: "model.language_model.", head: "" },
  { model: "model.language_model.model.", head: "model.language_model." },
  { model: "model.text_model.", head: "" },
  { model: "language_model.", head: "" },
];

const NESTS = ["text_config", "llm_config", "language_config"];

interface TextModel {
  readonly row: Architecture;
  readonly text: JsonObject;
  readonly path: string;
}

/** The innermost config first: a wrapper's own `model_type` is not the decoder's. */
function textModel({ value, file }: Document): TextModel {
  for (const key of NESTS) {
    const nested = value.get(key);
    if (!isObject(nested)) continue;
    const row = rowFor(nested);
    if (row === undefined) throw unknown(file, nested);
    // What the wrapper says of the whole, the text's own config need not repeat.
    return { row, text: new Map([...inherited(value), ...nested]), path: `${key}.` };
  }
  const row = rowFor(value);
  if (row === undefined) throw unknown(file, value);
  return { row, text: value, path: "" };
}

function inherited(outer: JsonObject): JsonObject {
  return new Map([...outer].filter(([key]) => key === "tie_word_embeddings"));
}

function rowFor(config: JsonObject): Architecture | undefined {
  return ARCHITECTURES.find(({ modelType }) => modelType === config.get("model_type"));
}

function unknown(file: string, config: JsonObject) {
  return dataRefusal("architecture-unknown", {
    file,
    expected: `a model_type that can be run: ${KNOWN_ARCHITECTURES.join(", ")}`,
    found: JSON.stringify(config.get("model_type") ?? null).slice(0, 80),
    remedy: "Use --data synthetic, which needs no forward pass, or --activations with captured values.",
  });
}

function nameless(file: string) {
  return dataRefusal("embedding-missing", {
    file,
    tensor: "model.embed_tokens.weight",
    expected: "the embedding of the decoder, under a name that this architecture uses",
    found: "none",
    remedy: "Use a checkpoint whose tensors are named as transformers names them.",
  });
}
