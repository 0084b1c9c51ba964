import { describe, expect, it } from "vitest";
import { memorySource } from "../../../src/checkpoint/memory.js";
import { SAMPLE_TEXT } from "../../../src/runner/text/sample.js";
import { sequencesOf, type TextChoice } from "../../../src/runner/text/sequences.js";

const signal = new AbortController().signal;

/** A tokenizer of words, with and without a token that it puts before every text. */
function checkpoint({ start = true } = {}) {
  const words = ["<s>", "a", "b", "c", "d", "e", "<unk>"];
  const rules = {
    version: "1.0",
    added_tokens: [{ id: 0, content: "<s>", special: true, normalized: false }],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: start
      ? {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
          pair: [],
          special_tokens: { "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] } },
        }
      : null,
    decoder: null,
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      unk_token: "<unk>",
    },
  };
  return memorySource("model", new Map([["tokenizer.json", bytes(JSON.stringify(rules))]]));
}

const bytes = (text: string) => new TextEncoder().encode(text);
const choice: TextChoice = { sequenceLength: 4, maxTokens: 100, vocabulary: 7 };
const text = (content: string) => ({ file: "t.txt", content, as: "text" }) as const;
const tokens = (content: string) => ({ file: "t.json", content, as: "tokens" }) as const;
const run = async (changes: Partial<TextChoice>, source = checkpoint()) =>
  (await sequencesOf({ ...choice, ...changes }, source, signal)).map((ids) => [...ids]);

describe("text as sequences of tokens", () => {
  it("is cut into windows, each begun as the tokenizer begins a text", async () => {
    expect(await run({ given: text("a b c d e a b") })).toEqual([
      [0, 1, 2, 3],
      [0, 4, 5, 1],
      [0, 2],
    ]);
  });

  it("has no token before it where the tokenizer puts none; a window of one token is left out", async () => {
    expect(await run({ given: text("a b c d e") }, checkpoint({ start: false }))).toEqual([[1, 2, 3, 4]]);
  });

  it("ends at the largest number of tokens", async () => {
    expect(await run({ given: text("a b c d e a b"), maxTokens: 6 })).toEqual([
      [0, 1, 2, 3],
      [0, 4],
    ]);
  });

  it("is the built-in text where none is given: a few thousand tokens of many kinds", async () => {
    expect(SAMPLE_TEXT.length).toBeGreaterThan(12_000);
    expect(await run({ maxTokens: 8 })).toHaveLength(2);
    for (const word of ["harbour", "def merge_intervals", "\\sqrt{\\pi}", "Bäcker", "木匠", "الساعي"]) {
      expect(SAMPLE_TEXT).toContain(word);
    }
  });

  it.each([
    ["one sequence", "[1, 2, 3]", [[1, 2, 3]]],
    [
      "several, cut where too long",
      "[[1, 2, 3, 4, 5, 6], [3, 2]]",
      [
        [1, 2, 3, 4],
        [5, 6],
        [3, 2],
      ],
    ],
  ])("takes ids as they are: %s", async (_, content, expected) => {
    expect(await run({ given: tokens(content) })).toEqual(expected);
  });
});

describe("what cannot be run", () => {
  it.each([
    [
      "an id beyond the embedding",
      tokens("[1, 2, 7]"),
      /t\.json: expected token ids below 7.*found 7 at position 2 of sequence 0/,
    ],
    ["a fraction", tokens("[1, 2.5]"), /found 2\.5 at \[1\]/],
    ["a negative id", tokens("[[1], [2, -1]]"), /found -1 at \[1\]\[1\]/],
    ["a mixture", tokens("[[1, 2], 3]"), /found 3 at \[1\]/],
    ["an object", tokens('{"ids": [1]}'), /found object at the top/],
    ["no JSON", tokens("1 2 3"), /found no JSON/],
    ["one token", tokens("[1]"), /expected at least two tokens/],
    ["no text", text(""), /t\.txt: expected at least two tokens/],
  ])("%s", async (_, given, message) => {
    await expect(run({ given })).rejects.toThrow(message);
  });

  it("text without a tokenizer", async () => {
    const bare = memorySource("model", new Map());
    await expect(run({ given: text("a b") }, bare)).rejects.toThrow(/model: expected tokenizer\.json/);
    expect(await run({ given: tokens("[1, 2]") }, bare)).toEqual([[1, 2]]);
  });

  it.each([
    ["no JSON", "{"],
    ["an array", "[]"],
    ["a model of no known type", '{"model": {"type": "Oracle"}}'],
  ])("a tokenizer.json that is %s", async (_, content) => {
    const source = memorySource("model", new Map([["tokenizer.json", bytes(content)]]));
    await expect(run({ given: text("a b") }, source)).rejects.toThrow(
      /model\/tokenizer\.json: expected a tokenizer as the tokenizers library writes it/,
    );
  });
});
