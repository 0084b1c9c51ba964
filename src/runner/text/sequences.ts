import type { CheckpointSource } from "../../checkpoint/source.js";
import { dataRefusal } from "../../errors.js";
import { SAMPLE_TEXT } from "./sample.js";
import { parseTokens, refuseForeignIds } from "./token-file.js";
import { openTokenizer } from "./tokenizer.js";

/** What a model is run on, and how much of it. */
export interface TextChoice {
  /** A text file's content, or token ids as JSON; neither: the built-in text. */
  readonly given?: { readonly file: string; readonly content: string; readonly as: "text" | "tokens" };
  /** Longest sequence, in tokens. */
  readonly sequenceLength: number;
  /** All sequences together. */
  readonly maxTokens: number;
  /** Rows of the model's embedding. */
  readonly vocabulary: number;
}

/**
 * Sequences of token ids: the text in windows of `sequenceLength`, each with what the tokenizer puts before a
 * text. Windows of one token teach nothing and are left out. Throws a data Refusal when nothing is left, and for
 * ids that the model does not have.
 */
export async function sequencesOf(
  choice: TextChoice,
  source: CheckpointSource,
  signal: AbortSignal,
): Promise<readonly Int32Array[]> {
  const { given, sequenceLength, maxTokens, vocabulary } = choice;
  const file = given?.file ?? "the built-in text";
  const windows =
    given?.as === "tokens"
      ? parseTokens(given.content, file).flatMap((ids) => cut(ids, [], sequenceLength))
      : await tokenized(given?.content ?? SAMPLE_TEXT, choice, source, signal);
  const sequences = limited(windows, maxTokens).filter((ids) => ids.length > 1);
  if (sequences.length === 0) throw nothingToRun(file);
  refuseForeignIds(sequences, vocabulary, file);
  return sequences.map((ids) => Int32Array.from(ids));
}

/** More characters than a token of any tokenizer has on average, so that a long file is not tokenized to its end. */
const CHARACTERS_PER_TOKEN = 16;

async function tokenized(
  text: string,
  { sequenceLength, maxTokens }: TextChoice,
  source: CheckpointSource,
  signal: AbortSignal,
) {
  const { encode, prefix } = await openTokenizer(source, signal);
  signal.throwIfAborted();
  return cut(encode(text.slice(0, maxTokens * CHARACTERS_PER_TOKEN)), prefix, sequenceLength);
}

function cut(ids: readonly number[], prefix: readonly number[], length: number): number[][] {
  const step = Math.max(1, length - prefix.length);
  const count = Math.ceil(ids.length / step);
  return Array.from({ length: count }, (_, n) => [...prefix, ...ids.slice(n * step, (n + 1) * step)]);
}

function limited(windows: readonly number[][], maxTokens: number): number[][] {
  let left = maxTokens;
  return windows.map((ids) => {
    const kept = ids.slice(0, Math.max(0, left));
    left -= kept.length;
    return kept;
  });
}

function nothingToRun(file: string) {
  return dataRefusal("text-too-short", {
    file,
    expected: "at least two tokens in a row, since each one is predicted from those before it",
    found: "fewer",
    remedy: "Give a longer text, or raise --max-tokens and --sequence-length.",
  });
}
