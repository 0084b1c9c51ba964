import { Tokenizer } from "@huggingface/tokenizers";
import type { CheckpointSource } from "../../checkpoint/source.js";
import { dataRefusal, isRefusal } from "../../errors.js";

/** A checkpoint's own way from text to token ids. */
export interface TextTokenizer {
  /** The ids of a text, without special tokens around it. */
  encode(text: string): number[];
  /** The ids that the tokenizer puts before a text by itself: a beginning-of-sequence token, or nothing. */
  readonly prefix: readonly number[];
}

/**
 * The tokenizer of `tokenizer.json`, with the settings of `tokenizer_config.json` where there is one. Throws a
 * data Refusal when the file is missing or of a kind that @huggingface/tokenizers does not know.
 */
export async function openTokenizer(source: CheckpointSource, signal: AbortSignal): Promise<TextTokenizer> {
  const rules = await readJson(source, RULES, signal);
  if (rules === undefined) throw withoutTokenizer(source.label);
  const config = (await readJson(source, "tokenizer_config.json", signal)) ?? {};
  const tokenizer = madeOf(rules, config, source.label);
  const bare = tokenizer.encode("a", { add_special_tokens: false }).ids;
  const dressed = tokenizer.encode("a").ids;
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    prefix: dressed.slice(0, Math.max(0, indexOfRun(dressed, bare))),
  };
}

const RULES = "tokenizer.json";

async function readJson(source: CheckpointSource, path: string, signal: AbortSignal) {
  const file = (await source.list(signal)).find((listed) => listed.path === path);
  if (file === undefined) return undefined;
  const [bytes] = await source.read(path, [[0, file.size]], signal);
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
    throw new TypeError("no object");
  } catch (error) {
    throw isRefusal(error) ? error : notATokenizer(`${source.label}/${path}`, error);
  }
}

function madeOf(rules: object, config: object, label: string): Tokenizer {
  try {
    return new Tokenizer(rules, config);
  } catch (error) {
    throw notATokenizer(`${label}/${RULES}`, error);
  }
}

function indexOfRun(ids: readonly number[], run: readonly number[]): number {
  return ids.findIndex((_, at) => run.every((id, offset) => ids[at + offset] === id));
}

const TOKENS_REMEDY = "Tokenize the text elsewhere and pass the ids with --tokens FILE.";

function withoutTokenizer(file: string) {
  return dataRefusal("tokenizer-missing", {
    file,
    expected: "tokenizer.json, to turn text into token ids",
    found: "none",
    remedy: `Copy tokenizer.json into the checkpoint. ${TOKENS_REMEDY}`,
  });
}

function notATokenizer(file: string, cause: unknown) {
  return dataRefusal("tokenizer-unusable", {
    file,
    expected: "a tokenizer as the tokenizers library writes it",
    found: cause instanceof Error ? cause.message : String(cause),
    remedy: TOKENS_REMEDY,
    cause,
  });
}
