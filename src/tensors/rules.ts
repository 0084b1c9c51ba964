import { dataRefusal, type Subject } from "../errors.js";

interface Rule {
  readonly expected: string;
  readonly remedy: string;
}

const rule = (expected: string, remedy: string): Rule => ({ expected, remedy });

const AGAIN = "Download or copy the file again; it is damaged or incomplete.";
const REWRITE =
  "Write the file again with a current safetensors library; the tool that made it breaks the format.";
const RETEXT = "Download the file again, or write it again with a current tool; its JSON is damaged.";
const RENAME = "Rename the tensor before writing it.";
const REINDEX = "Write the index again, for instance with save_pretrained of transformers.";

/**
 * Every rule of the format, of our writer and of the index, by the code of the refusal that its breach
 * throws. Source of the format's rules: huggingface/safetensors `tensor.rs` @24b0b28 and its README.
 */
export const RULES = {
  "file-too-small": rule("a safetensors file, at least 8 bytes that hold the header's length", AGAIN),
  "header-too-large": rule(
    "a safetensors header of at most 100000000 bytes",
    "Check that the file is safetensors at all; if it is, split it into more shards.",
  ),
  "header-empty": rule("a safetensors file, which has a header", AGAIN),
  "header-cut-short": rule("a safetensors file that holds its whole header", AGAIN),
  "header-not-utf8": rule("a header in UTF-8", AGAIN),

  "json-syntax": rule("well-formed JSON", RETEXT),
  "json-trailing": rule("nothing but white space after the JSON object", RETEXT),
  "json-control-character": rule("control characters in a JSON string to be escaped", RETEXT),
  "json-escape": rule("an escape sequence of JSON", RETEXT),
  "json-surrogate": rule("surrogates in a JSON string to come in pairs", RETEXT),
  "json-number-range": rule("a number within the range of a 64-bit float", RETEXT),
  "json-depth": rule("JSON nested at most 127 deep", RETEXT),

  "header-not-object": rule("a JSON object as the header", REWRITE),
  "metadata-twice": rule("`__metadata__` once", REWRITE),
  "metadata-not-strings": rule("`__metadata__` to map strings to strings", REWRITE),
  "tensor-twice": rule("each tensor name once", REWRITE),
  "tensor-malformed": rule("an object with dtype, shape and data_offsets for the tensor", REWRITE),
  "field-twice": rule("each field of a tensor once", REWRITE),
  "field-missing": rule("dtype, shape and data_offsets for the tensor", REWRITE),
  "dtype-unknown": rule("a dtype of the safetensors format, in capitals", REWRITE),
  "shape-malformed": rule("a shape of whole numbers from 0 to 2^64 - 1", REWRITE),
  "offsets-malformed": rule("data_offsets of two whole numbers from 0 to 2^64 - 1", REWRITE),

  "size-overflow": rule("a tensor whose size in bits is below 2^64", REWRITE),
  "size-not-bytes": rule("a tensor that fills whole bytes", REWRITE),
  "size-mismatch": rule("as many bytes as dtype and shape ask for", REWRITE),
  "offsets-reversed": rule("data_offsets that end where they begin or later", REWRITE),
  "offsets-hole": rule("the tensor to begin where the one before it ends", REWRITE),
  "offsets-overlap": rule("tensors that do not share bytes", REWRITE),
  "data-cut-short": rule("a file that holds the bytes of all its tensors", AGAIN),
  "data-unclaimed": rule("a file that ends with its last tensor", REWRITE),

  "name-reserved": rule("a tensor name other than `__metadata__`, which the format reserves", RENAME),
  "name-not-unicode": rule(
    "text without lone surrogates, since a header is UTF-8",
    "Replace them before writing.",
  ),

  "index-not-object": rule("a JSON object with a `weight_map` as the index of shards", REINDEX),
  "index-key-twice": rule("each key of the index once", REINDEX),
  "index-shard-not-string": rule("the file name of a shard as a string", REINDEX),
  "index-path": rule("the path of a shard inside the checkpoint's own directory", REINDEX),

  "values-dtype": rule("floating-point numbers: F64, F32, F16 or BF16", "Name a tensor that holds scales."),
  "values-length": rule("a whole number of elements", AGAIN),
} satisfies Record<string, Rule>;

/** The code of one rule; also the `code` of the refusal that its breach throws. */
export type RuleCode = keyof typeof RULES;

/** Refuses for the breach of one rule. `found` ends the sentence "expected …, found …". */
export function refuse(code: RuleCode, found: string, subject: Subject): never {
  throw dataRefusal(code, { ...subject, ...RULES[code], found });
}

/** Text of a checkpoint for a message: quoted, cut to a bearable length. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
}

const MOST_SHOWN = 80;
