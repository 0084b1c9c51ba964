import { describe, expect, it } from "vitest";
import { bandsOf, shades, worstRow } from "../../../src/report/page/heat.js";

describe("the shades of a map with steps", () => {
  const { shadeOf } = shades({ cells: [[0.5, 100]], steps: [1.5, 2.5, 5, 10, 20, 50] });

  it.each([
    [0, 0],
    [1.49, 0],
    [1.5, 1],
    [20, 5],
    [49.9, 5],
    [50, 6],
    [Infinity, 6],
  ])("%d has shade %i", (cell, shade) => {
    expect(shadeOf(cell)).toBe(shade);
  });

  it("are the darkest and the palest for infinities without steps", () => {
    const even = shades({ cells: [[20, 30, Infinity, -Infinity]] });
    expect([even.low, even.high, even.shadeOf(Infinity), even.shadeOf(-Infinity)]).toEqual([20, 30, 6, 0]);
  });
});

describe("the worst row of a column", () => {
  const cells = [
    [1, undefined],
    [3, undefined],
    [2, Number.NaN],
    [0, 9],
  ];

  it("is the largest, or the smallest, and NaN before either", () => {
    expect(worstRow({ cells, worst: "high" }, 0)).toBe(1);
    expect(worstRow({ cells, worst: "low" }, 0)).toBe(3);
    expect(worstRow({ cells, worst: "high" }, 1)).toBe(2);
  });

  it("is one of the band's own", () => {
    expect(worstRow({ cells, worst: "high" }, 0, 2, 2)).toBe(2);
    expect(worstRow({ cells, worst: "high" }, 1, 0, 2)).toBe(0);
  });
});

it("rows without bands are their own", () => {
  expect(bandsOf({ rows: ["a", "b"] })).toEqual([
    { name: "a", rows: 1 },
    { name: "b", rows: 1 },
  ]);
});
