import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/checkpoint/disk/near-names.js";

const names = [
  "Llama-3-8B",
  "Llama-3-8B-FP8",
  "Llama-3-70B",
  "tiny-llama",
  ".hidden",
  "config.json",
  "a",
  "b",
];

describe("nearest", () => {
  it.each([
    ["Llama-3-8B-FP9", ["Llama-3-8B", "Llama-3-8B-FP8"]],
    ["llama-3-8b", ["Llama-3-8B", "Llama-3-8B-FP8", "Llama-3-70B"]],
    ["tinyllama", ["tiny-llama"]],
    ["confg.json", ["config.json"]],
    ["hidden", []],
    ["mistral", []],
    ["c", ["a", "b"]],
  ])("%s may have been meant for %j", (word, expected) => {
    expect(nearest(word, names)).toEqual(expected);
  });

  it("names at most three", () => {
    expect(nearest("model", ["model1", "model2", "model3", "model4"])).toHaveLength(3);
  });
});
