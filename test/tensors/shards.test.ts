import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIndex } from "../../src/tensors/shards.js";
import { refusalOf } from "./file.js";

const FILE = "model.safetensors.index.json";
const index = (weights: object, metadata?: string) =>
  `{${metadata === undefined ? "" : `"metadata":${metadata},`}"weight_map":${JSON.stringify(weights)}}`;

describe("parseIndex", () => {
  it("reads the map in the order of the text", () => {
    const text =
      '{\n  "metadata": {"total_size": 16060522496},\n  "weight_map": {"b": "x-2.safetensors", "a": "sub/x-1.safetensors"}\n}\n';
    const { weightMap, totalSize } = parseIndex(text, FILE);
    expect([...weightMap]).toEqual([
      ["b", "x-2.safetensors"],
      ["a", "sub/x-1.safetensors"],
    ]);
    expect(totalSize).toBe(16060522496);
  });

  it("keeps every name and plain path", () => {
    const name = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", ""));
    const path = fc.constantFrom(
      "model.safetensors",
      "a/b/c",
      "..a",
      "a..",
      "…",
      "a b",
      "model-00001-of-00002.safetensors",
      ".hidden",
    );
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, path), { selector: ([key]) => key }), (pairs) => {
        const members = pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        expect([...parseIndex(`{"weight_map":{${members.join(",")}}}`, FILE).weightMap]).toEqual(pairs);
      }),
    );
  });

  it.each([
    ['{"total_size":0}', 0],
    ['{"total_size":123.0}', 123],
    ['{"total_size":1e3}', 1000],
    ['{"total_size":1.5}', undefined],
    ['{"total_size":-1}', undefined],
    ['{"total_size":"123"}', undefined],
    ['{"total_size":9007199254740993}', undefined],
    ['{"total_size":null}', undefined],
    ['{"total_size":[1]}', undefined],
    ['{"other":[{"a":1,"a":2}]}', undefined],
    ["null", undefined],
    ["[1]", undefined],
    [undefined, undefined],
  ])("reads metadata %s as a total of %s", (metadata, total) => {
    expect(parseIndex(index({}, metadata), FILE).totalSize).toBe(total);
  });

  it("names the tensor, the path and its bytes", () => {
    const { message, subject } = refusalOf(() => parseIndex('{"weight_map":{"é":"../x"}}', FILE));
    expect(message).toBe(
      'model.safetensors.index.json, bytes 20..21: expected the path of a shard inside the checkpoint\'s own directory, found "../x", a path that leaves the directory, for "é"',
    );
    expect(subject.file).toBe(FILE);
  });

  it("reads an index of a hundred thousand tensors", () => {
    const pairs = Array.from(
      { length: 100_000 },
      (_, at) => [`model.layers.${at}.weight`, `model-${at % 50}.safetensors`] as const,
    );
    expect(parseIndex(index(Object.fromEntries(pairs)), FILE).weightMap.size).toBe(100_000);
  });
});
