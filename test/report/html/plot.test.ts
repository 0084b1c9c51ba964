import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plotFigure } from "../../../src/report/html/plot.js";
import { plotText } from "../../../src/report/markdown/plot.js";
import type { Plot } from "../../../src/report/page/plot.js";
import { elementsOf, hasClass, parseMarkup } from "../../support/markup-tree.js";

function plotOf(axis: Plot["axis"], ...values: readonly (readonly (number | undefined)[])[]): Plot {
  const layers = values[0]!.map((_, at) => ({ name: String(at), title: `<layers>.${at}` }));
  const marks = ["disc", "ring", "square", "frame"] as const;
  const series = values.map((own, at) => ({ name: `s${at}`, mark: marks[at]!, values: own }));
  return { kind: "plot", label: "plot", unit: "dB", axis, layers, series, limits: [] };
}

const joinOf = (plot: Plot) =>
  elementsOf(parseMarkup(plotFigure(plot).text), (element) => hasClass(element, "join")).map(
    ({ attributes }) => attributes.get("d")!.replace(/ [\d.]+/g, ""),
  );

describe("a plot", () => {
  it("joins neighbours, and leaves a gap where a layer has no mark", () => {
    expect(joinOf(plotOf("linear", [1, 2, undefined, 3, 4, Number.NaN, 5]))).toEqual(["M0L1M3L4M6"]);
    expect(joinOf(plotOf("log", [1, 0, 2]))).toEqual([]);
  });

  it("draws the first series last, so that it lies on top", () => {
    const tree = parseMarkup(plotFigure(plotOf("linear", [1, 2], [1, 2], [1, 2])).text);
    const groups = elementsOf(tree, ({ name }) => name === "g").map(({ attributes }) =>
      attributes.get("class"),
    );
    expect(groups).toEqual(["s2", "s1", "s0"]);
  });

  it("has another number at every line, however close they are", () => {
    for (const values of [[1, 0.99925], [0.5, 12], [100_000, 100_010], [1]]) {
      const tree = parseMarkup(plotFigure({ ...plotOf("linear", values), unit: "" }).text);
      const lines = elementsOf(tree, (element) => hasClass(element, "grid") || hasClass(element, "base"));
      const texts = elementsOf(tree, ({ name }) => name === "text").map(({ text }) => text);
      expect(new Set(texts.slice(0, lines.length)).size).toBe(lines.length);
      expect(lines.length).toBeGreaterThan(1);
    }
  });

  // Figures are of float32 values.
  it("has a mark for each number and a cross for each that has no place, never NaN", () => {
    const value = fc.option(fc.oneof(fc.float(), fc.constantFrom(0, NaN, Infinity, -Infinity)), {
      nil: undefined,
    });
    const axis = fc.constantFrom<Plot["axis"]>("linear", "log");
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 90 }), axis, (values, kind) => {
        const plot = plotOf(kind, values);
        const text = plotFigure(plot).text;
        const tree = parseMarkup(text);
        for (const [, own] of text.matchAll(/ (?:[xy][12]?|c[xy]|r|width|height|d|viewBox)="([^"]*)"/g))
          expect(own).not.toMatch(/NaN|Infinity|undefined/);
        const seen = values.filter((own) => own !== undefined).length;
        const shown = (name: string) => elementsOf(tree, (element) => hasClass(element, name)).length;
        if (shown("base") > 0) expect(shown("disc") + shown("lost")).toBe(seen);
        else expect(text).toContain("no figure to draw");
        expect(plotText(plot)).not.toContain("undefined");
      }),
    );
  });
});
