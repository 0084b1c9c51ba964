import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diff, mergeRanks } from "../../src/scales/compare.js";
import { tensorScale } from "../../src/scales/scale.js";
import { siteOf } from "../../src/scales/site.js";
import { type ScaleTable, tableOf } from "../../src/scales/table.js";
import { completeTables } from "./arbitrary.js";

const [ZERO, ONE] = [siteOf("model.layers.0.self_attn")!, siteOf("model.layers.1.self_attn")!];

function rank(...values: readonly number[]): ScaleTable {
  return tableOf(
    "float8_e4m3fn",
    values.map((value, n) => ({ site: [ZERO, ONE][n]!, role: "kv" as const, scale: tensorScale(value) })),
  );
}

describe("diff", () => {
  it("of a table with itself is empty", () => {
    fc.assert(fc.property(completeTables, (any) => diff(any, any).length === 0));
  });

  it("names each cell that changed, came or went, once and in order", () => {
    expect(diff(rank(1, 2), rank(1, 3))).toEqual([
      { site: ONE, role: "kv", a: tensorScale(2), b: tensorScale(3) },
    ]);
    expect(diff(rank(1), rank(2, 3))).toEqual([
      { site: ZERO, role: "kv", a: tensorScale(1), b: tensorScale(2) },
      { site: ONE, role: "kv", b: tensorScale(3) },
    ]);
    expect(diff(rank(1, 3), rank(1))).toEqual([{ site: ONE, role: "kv", a: tensorScale(3) }]);
  });

  it("swaps sides with its arguments", () => {
    fc.assert(
      fc.property(completeTables, completeTables, (a, b) => {
        expect(diff(b, a).map(({ a: x, b: y }) => [y, x])).toEqual(
          diff(a, b).map(({ a: x, b: y }) => [x, y]),
        );
      }),
    );
  });
});

describe("mergeRanks", () => {
  it("takes the maximum and lists the sites where ranks differ", () => {
    const { table, losses } = mergeRanks([rank(1, 2), rank(1, 5), rank(1, 3)]);
    expect(table.entries.map(({ scale }) => scale.values[0])).toEqual([1, 5]);
    expect(losses.map(({ code, site }) => [code, site])).toEqual([["ranks-merged-by-max", ONE.path]]);
  });

  it("of equal ranks is that rank, without loss", () => {
    fc.assert(
      fc.property(completeTables, fc.integer({ min: 1, max: 4 }), (any, n) => {
        const { table, losses } = mergeRanks(Array<ScaleTable>(n).fill(any));
        expect(diff(table, any)).toEqual([]);
        expect(losses).toEqual([]);
      }),
    );
  });

  it("refuses ranks that lack a scale, whichever side lacks it", () => {
    expect(() => mergeRanks([rank(1, 2), rank(1)])).toThrow(/without the kv scale of "model.layers.1/);
    expect(() => mergeRanks([rank(1), rank(1, 2)])).toThrow(/without the kv scale of "model.layers.1/);
  });
});
