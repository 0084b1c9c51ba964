import { describe, expect, it } from "vitest";
import { checkProblem, checkWrite } from "../../src/attention/check.js";
import { emptyCache } from "../../src/attention/layout.js";
import type { CacheWrite, PagedCache, Problem } from "../../src/attention/problem.js";
import { isRefusal } from "../../src/errors.js";

const unit = Float32Array.of(1);
const cache: PagedCache = emptyCache(
  "float8_e4m3fn",
  { kvHeads: 2, keySize: 4, valueSize: 4, blockSize: 2, blocks: 3 },
  { k: unit, v: unit },
);
const sequences = {
  lengths: Int32Array.of(3, 0),
  queryStarts: Int32Array.of(0, 1, 2),
  blockTables: Int32Array.of(2, 1, 99, 99),
  maxBlocks: 2,
};
const problem: Problem = { cache, sequences, heads: 4, query: new Float32Array(2 * 4 * 4), softmaxScale: 1 };
const write: CacheWrite = {
  cache,
  writer: "cuda",
  keys: new Float32Array(3 * 2 * 4),
  values: new Float32Array(3 * 2 * 4),
  slots: Int32Array.of(0, -1, 5),
};

const ofCache = (changes: Partial<PagedCache>) => ({ cache: { ...cache, ...changes } });
const ofSequences = (changes: Partial<Problem["sequences"]>) => ({ sequences: { ...sequences, ...changes } });

describe("checkProblem", () => {
  it("accepts what can be run, junk beyond a sequence's pages included", () => {
    expect(() => checkProblem(problem)).not.toThrow();
  });

  it.each<[string, Partial<Problem>, string]>([
    ["heads that do not divide", { heads: 3 }, "whole groups per KV head, found 3"],
    ["a short query", { query: new Float32Array(31) }, "expected 32 numbers of query, found 31"],
    [
      "a query start too few",
      ofSequences({ queryStarts: Int32Array.of(0, 2) }),
      "expected 3 query starts, found 2",
    ],
    [
      "queries that do not begin with 0",
      ofSequences({ queryStarts: Int32Array.of(1, 1, 2) }),
      "query starts from 0",
    ],
    [
      "falling query starts",
      ofSequences({ queryStarts: Int32Array.of(0, 3, 2) }),
      "query starts that never fall",
    ],
    [
      "a page outside",
      ofSequences({ blockTables: Int32Array.of(2, 3, 0, 0) }),
      "pages 0 to 2 in the block table, found 3",
    ],
    ["a negative page", ofSequences({ blockTables: Int32Array.of(-1, 1, 0, 0) }), "found -1"],
    [
      "a sequence longer than its table",
      ofSequences({ lengths: Int32Array.of(5, 0) }),
      "a block table of 3 pages for sequence 0, found 2",
    ],
    ["a negative length", ofSequences({ lengths: Int32Array.of(-1, 0) }), "a sequence length of 0 or more"],
    ["a table of the wrong size", ofSequences({ maxBlocks: 1 }), "a block table for each sequence"],
    ["no pages", ofCache({ blocks: 0 }), "at least one page"],
    [
      "three scales for two heads",
      ofCache({ scales: { k: unit, v: new Float32Array(3) } }),
      "one v_scale, or one per KV head, found 3",
    ],
    [
      "pages that end early",
      ofCache({ key: { ...cache.key, bytes: new Uint8Array(47) } }),
      "expected 48 bytes of key pages, found 47",
    ],
    ["pages of wider elements", ofCache({ type: "bfloat16" }), "expected 96 bytes of key pages, found 48"],
    [
      "strides that leave the pages",
      ofCache({ value: { ...cache.value, slotStride: 9 } }),
      "49 bytes of value pages",
    ],
    ["a fractional stride", ofCache({ value: { ...cache.value, slotStride: 0.5 } }), "value strides"],
    [
      "elements that are not aligned",
      ofCache({ type: "bfloat16", key: { ...cache.key, bytes: new Uint8Array(200).subarray(1) } }),
      "key pages aligned to 2 bytes",
    ],
    ["a softmax scale of NaN", { softmaxScale: NaN }, "a finite softmax scale, found NaN"],
    ["a negative window", { window: -1 }, "a window of 0 (off) or more"],
    ["a negative soft cap", { softcap: -1 }, "a soft cap of 0 (off) or more"],
    ["slopes for other heads", { alibi: unit }, "4 ALiBi slopes, found 1"],
    ["sinks for other heads", { sinks: unit }, "4 sinks, found 1"],
  ])("refuses %s", (_, changes, sentence) => {
    expect(refusalOf(() => checkProblem({ ...problem, ...changes }))).toContain(sentence);
  });
});

describe("checkWrite", () => {
  it("accepts what can be written", () => {
    expect(() => checkWrite(write)).not.toThrow();
  });

  it.each<[string, Partial<CacheWrite>, string]>([
    ["a slot outside", { slots: Int32Array.of(0, 1, 6) }, "slots of -1 to 5, found 6"],
    ["a slot below -1", { slots: Int32Array.of(0, 1, -2) }, "found -2"],
    ["too few keys", { keys: new Float32Array(23) }, "24 numbers of keys, found 23"],
    ["too many values", { values: new Float32Array(25) }, "24 numbers of values, found 25"],
    [
      "a scale of zero",
      ofCache({ scales: { k: Float32Array.of(0), v: unit } }),
      "positive finite scales to divide by, found 0",
    ],
    ["a negative scale", ofCache({ scales: { k: unit, v: Float32Array.of(1, -1) } }), "found -1"],
    ["a scale of NaN", ofCache({ scales: { k: unit, v: Float32Array.of(NaN) } }), "found NaN"],
    ["an infinite scale", ofCache({ scales: { k: Float32Array.of(Infinity), v: unit } }), "found Infinity"],
    [
      "vllm-cpu with fnuz",
      { writer: "vllm-cpu", ...ofCache({ type: "float8_e4m3fnuz" }) },
      "vllm-cpu with float8_e4m3fnuz",
    ],
    ["vllm-cpu with 16 bit", { writer: "vllm-cpu", ...twice() }, "vllm-cpu with bfloat16"],
  ])("refuses %s", (_, changes, sentence) => {
    expect(refusalOf(() => checkWrite({ ...write, ...changes }))).toContain(sentence);
  });
});

function twice() {
  const shape = { kvHeads: 2, keySize: 4, valueSize: 4, blockSize: 2, blocks: 3 };
  return { cache: emptyCache("bfloat16", shape, { k: unit, v: unit }) };
}

function refusalOf(check: () => void): string {
  try {
    check();
  } catch (error) {
    if (isRefusal(error)) return error.message;
    throw error;
  }
  return "nothing was refused";
}
