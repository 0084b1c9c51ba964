import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScaleRow } from "../../../src/operations/scale-rows.js";
import { barsOf } from "../../../src/ui/plot/bars.js";
import { marksOf } from "../../../src/ui/plot/marks.js";
import { type Point, type Series, seriesOf } from "../../../src/ui/plot/series.js";

const row = (layer: number, role: "k" | "v", ...values: number[]): ScaleRow => ({
  ...{
    site: `layers.${layer}`,
    kind: "decoder",
    layer,
    role,
    values,
    per: values.length > 1 ? "head" : "tensor",
  },
  ...{ dtype: "F32", shape: [], spelling: "k_scale", file: "f", name: `layers.${layer}.${role}` },
});

const series = (...values: (number | undefined)[]): Series => ({
  role: "k",
  spread: { median: 1, factor: 4 },
  points: values.map((value, layer): Point => ({ site: `${layer}`, layer, value, outlier: false })),
});

const drawn = (bars: ReturnType<typeof barsOf>) => bars.cells.map(({ lines }) => lines.join(""));

describe("series of scales", () => {
  it("take the largest head, and leave a missing scale absent", () => {
    const [k, v] = seriesOf([row(0, "k", 1, 3, 2), row(1, "k", 5), row(1, "v", 4)]);
    expect(k!.points.map(({ value }) => value)).toEqual([3, 5]);
    expect(v!.points.map(({ value }) => value)).toEqual([undefined, 4]);
  });

  it.each<[what: string, values: number[], outliers: number[]]>([
    ["none among equals", [1, 1, 1, 1, 1], []],
    ["a value over four times the median", [1, 1, 4.1, 1, 1], [2]],
    ["a value under a quarter of it", [1, 1, 0.24, 1, 1], [2]],
    ["none where all values are spread as far", [1, 3, 9, 27, 81], []],
    ["values that no engine could use", [1, Number.NaN, 0, -1, 1, Number.POSITIVE_INFINITY, 1], [1, 2, 3, 5]],
  ])("outliers: %s", (_what, values, outliers) => {
    const [k] = seriesOf(values.map((value, layer) => row(layer, "k", value)));
    expect(k!.points.filter(({ outlier }) => outlier).map(({ layer }) => layer)).toEqual(outliers);
  });
});

describe("bars", () => {
  it("are as high as the value, in eighths of a line from zero", () => {
    expect(drawn(barsOf(series(8, 4, 1), 3, 1))).toEqual(["█", "▄", "▁"]);
    expect(drawn(barsOf(series(16, 12, 8), 3, 2))).toEqual(["██", "▄█", " █"]);
  });

  it("are logarithmic where values differ too much for that, and say so", () => {
    const bars = barsOf(series(1, 10, 100), 3, 4);
    expect(bars).toMatchObject({ logarithmic: true, bottom: 0.5, top: 100 });
    expect(barsOf(series(1, 24), 3, 4)).toMatchObject({ logarithmic: false, bottom: 0 });
  });

  it("mark what is no height: a cross for a broken scale, a dot for an absent one", () => {
    expect(drawn(barsOf(series(1, Number.NaN, undefined), 3, 2))).toEqual(["██", " ×", " ·"]);
  });

  it("become thin, two a column, where there are more layers than columns", () => {
    expect(drawn(barsOf(series(4, 1, 2, 3), 2, 1))).toEqual(["⣇", "⣴"]);
    expect(barsOf(series(4, 1, 2, 3), 2, 1).grouped).toBe(1);
  });

  it("stand for several layers where even that is too many, the highest of each counts", () => {
    const bars = barsOf(series(1, 4, 1, 1, 2, 1, 1, 1), 2, 1);
    expect(bars.grouped).toBe(2);
    expect(drawn(bars)).toEqual(["⣇", "⣄"]);
  });

  it("fit the width and the height, whatever the values", () => {
    const value = fc.option(fc.double({ noDefaultInfinity: false }), { nil: undefined });
    const size = fc.record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), size, (values, { width, height }) => {
        const { cells, step } = barsOf(series(...values), width, height);
        expect(cells.length * step).toBeLessThanOrEqual(width);
        for (const { lines } of cells) {
          expect(lines).toHaveLength(height);
          expect(lines.every((line) => [...line].length === 1)).toBe(true);
        }
      }),
    );
  });
});

describe("marks below the bars", () => {
  const marked = (count: number, ...outliers: number[]): Series => ({
    ...series(...Array<number>(count).fill(1)),
    points: Array.from({ length: count }, (_, layer) => ({
      ...{ site: `${layer}`, layer, value: 1, outlier: outliers.includes(layer) },
    })),
  });

  it.each<[what: string, one: Series, width: number, line: string]>([
    ["none", marked(4), 40, ""],
    ["one bar", marked(4, 2), 12, "      ◆2"],
    ["neighbours, whose layers would hide each other", marked(10, 3, 4), 10, "   ◆◆4"],
    ["thin bars, two a column", marked(126, 77), 63, `${" ".repeat(38)}◆77`],
    ["groups", marked(100, 99), 10, "         ◆99"],
  ])("%s", (_what, one, width, line) => {
    expect(marksOf(one, barsOf(one, width, 3))).toBe(line);
  });

  it("fit where braille cannot be shown, and layers are grouped instead", () => {
    const one = marked(126, 77);
    const bars = barsOf(one, 63, 3, false);
    expect([bars.grouped, bars.points, bars.cells.length]).toEqual([2, 2, 63]);
    expect(bars.cells.flatMap(({ lines }) => lines).join("")).not.toMatch(/[\u2800-\u28ff]/);
    expect(marksOf(one, bars)).toBe(`${" ".repeat(38)}◆77`);
  });
});
