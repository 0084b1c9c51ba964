import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heatFigure } from "../../../src/report/html/heat.js";
import { heatText } from "../../../src/report/markdown/plot.js";
import type { Heat } from "../../../src/report/page/heat.js";
import { type Element, elementsOf, hasClass, parseMarkup } from "../../support/markup-tree.js";

function heatOf(cells: Heat["cells"], changes: Partial<Heat> = {}): Heat {
  const columns = (cells[0] ?? []).map((_, at) => ({ name: String(at), title: `layers.${at}` }));
  const rows = cells.map((_, at) => `head ${at}`);
  return { kind: "heat", label: "map", unit: "dB", worst: "low", columns, rows, cells, ...changes };
}

const drawn = (heat: Heat) => parseMarkup(heatFigure(heat).text);
const ofClass = (tree: Element, name: string) => elementsOf(tree, (element) => hasClass(element, name));

/** Every cell that the paths hold, as `class row column`. */
function cellsOf(tree: Element): string[] {
  return ofClass(tree, "cell").flatMap(({ attributes }) => {
    const shade = attributes.get("class")!.replace("cell ", "");
    return [...attributes.get("d")!.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)].flatMap(([, x, y, width]) =>
      Array.from({ length: Number(width) }, (_, at) => `${shade} ${y} ${Number(x) + at}`),
    );
  });
}

describe("a heat map", () => {
  it("has each cell once, in the colour of its number", () => {
    const tree = drawn(
      heatOf(
        [
          [20, 20, 30],
          [undefined, Number.NaN, 10],
        ],
        { fail: 15 },
      ),
    );
    expect(cellsOf(tree).sort()).toEqual(["fail 1 1", "fail 1 2", "h3 0 0", "h3 0 1", "h6 0 2", "none 1 0"]);
  });

  it("draws whatever numbers there are, without NaN in a place", () => {
    const cell = fc.option(fc.oneof(fc.float(), fc.constantFrom(0, NaN, Infinity, -Infinity)), {
      nil: undefined,
    });
    const grid = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 70 }))
      .chain(([columns, rows]) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      );
    fc.assert(
      fc.property(grid, fc.boolean(), (cells, stepped) => {
        const heat = heatOf(cells, {
          ...(stepped && { steps: [1, 2, 5] }),
          marks: [{ row: 0, column: 0, text: "the worst" }],
        });
        const text = heatFigure(heat).text;
        expect(cellsOf(parseMarkup(text)).length).toBe(cells.length * cells[0]!.length);
        for (const [, value] of text.matchAll(/ (?:x|y|cx|cy|r|width|height|d|viewBox)="([^"]*)"/g))
          expect(value).not.toMatch(/NaN|Infinity|undefined/);
        expect(heatText(heat)).not.toContain("undefined");
      }),
      { numRuns: 60 },
    );
  });

  it("tells a pointer the worst number of each band", () => {
    const bands = [
      { name: "a", rows: 2 },
      { name: "b", rows: 1 },
    ];
    const tree = drawn(heatOf([[30], [20], [25]], { bands }));
    const told = ofClass(tree, "tip").map(({ children, attributes }) => [
      children[0]!.text,
      attributes.get("height"),
    ]);
    expect(told).toEqual([
      ["layer 0, head 1: 20 dB", "2"],
      ["layer 0, head 2: 25 dB", "1"],
    ]);
    expect(elementsOf(tree, ({ name }) => name === "text").map(({ text }) => text)).toEqual([
      "a",
      "b",
      "layer",
      "0",
    ]);
  });

  it("joins bands where there are very many, and still covers every row of every column", () => {
    const tree = drawn(heatOf(Array.from({ length: 64 }, (_, row) => Array.from({ length: 80 }, () => row))));
    const tips = ofClass(tree, "tip");
    expect(tips.length).toBeLessThanOrEqual(1000);
    expect(tips.reduce((sum, { attributes }) => sum + Number(attributes.get("height")), 0)).toBe(64 * 80);
  });

  it("rings and numbers what is marked; numbers that would cover each other stand on two lines, or not", () => {
    const marks = [0, 1, 2, 40].map((column) => ({ row: 0, column, text: `layer ${column}` }));
    const tree = drawn(heatOf([Array.from({ length: 80 }, () => 1)], { marks }));
    expect(ofClass(tree, "circled").length).toBe(4);
    const numbers = ofClass(tree, "number").map(({ text, attributes }) => [text, attributes.get("y")]);
    expect(numbers).toEqual([
      ["1", "25"],
      ["2", "12"],
      ["4", "25"],
    ]);
    const list = elementsOf(tree, ({ name }) => name === "li").slice(-4);
    expect(list.map(({ text }) => text)).toEqual(["layer 0", "layer 1", "layer 2", "layer 40"]);
  });

  it("says what its colours mean: numbers between steps, or at both ends", () => {
    const steps = drawn(heatOf([[1, 9]], { steps: [2, 4], unit: "×" }));
    expect(
      ofClass(steps, "ramp")[0]!.children.map(
        ({ name, text, attributes }) => attributes.get("class") ?? `${name} ${text}`,
      ),
    ).toEqual(["h0", "b 2×", "h1", "b 4×", "h2"]);
    expect(drawn(heatOf([[1, 9]])).children[0]!.children[1]!.children[0]!.text).toBe("19 dB");
  });

  it("shows hostile names as text", () => {
    const evil = '<script>"\u001b[2J';
    const heat = heatOf([[1]], {
      label: evil,
      rows: [evil],
      columns: [{ name: evil, title: evil }],
      marks: [{ row: 0, column: 0, text: evil }],
      dots: [{ row: 0, column: 0 }],
      dotName: evil,
    });
    expect(elementsOf(drawn(heat), ({ name }) => name === "script")).toEqual([]);
    expect(heatFigure(heat).text).not.toContain("\u001b");
    expect(heatText(heat)).not.toMatch(/<script|\u001b/);
  });

  it("says so where there is nothing to draw", () => {
    expect(heatFigure(heatOf([])).text).toContain("no figure to draw");
    expect(heatText(heatOf([[undefined]]))).toContain("no figure to draw");
  });
});
