import { describe, expect, it } from "vitest";
import { ending, padded, textWidth } from "../../src/ui/text-width.js";

describe("columns of text", () => {
  it.each([
    ["abc", 3],
    ["模型-FP8", 8],
    ["e\u0301", 1],
    ["ｆｐ８", 6],
    ["한글", 4],
    ["🙂", 2],
    ["–·×é", 4],
    ["", 0],
  ])("%j are %i", (text, columns) => {
    expect(textWidth(text)).toBe(columns);
    expect(textWidth(padded(text, 10))).toBe(10);
  });

  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdefg", 6, "…cdefg"],
    ["模型模型", 8, "模型模型"],
    ["模型模型", 7, "…型模型"],
    ["模型模型", 6, "…模型"],
  ])("the end of %j within %i is %j", (text, width, shown) => {
    expect(ending(text, width)).toBe(shown);
  });
});
