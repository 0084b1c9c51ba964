import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columns, hanging, narrowed, wrap } from "../../src/report/columns.js";
import { jsonText } from "../../src/report/envelope.js";
import { escapeText } from "../../src/report/escape.js";
import { coloured, plain, visibleWidth } from "../../src/report/paint.js";
import { bytesText, countText, rangesText, scaleText } from "../../src/report/words.js";

const texts = fc.string({ unit: "binary" });

describe("escapeText", () => {
  it.each([
    ["plain text, ünïcödé and 漢字 😀", "plain text, ünïcödé and 漢字 😀"],
    ["\u001b[2J", "\\u{1b}[2J"],
    ["a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"],
    ["\u0000\u007f\u009b", "\\u{0}\\u{7f}\\u{9b}"],
    ["\u202egnp", "\\u{202e}gnp"],
    ["\u200b\u2066\ufeff\u2028", "\\u{200b}\\u{2066}\\u{feff}\\u{2028}"],
    ["\ud800x\udc00", "\\u{d800}x\\u{dc00}"],
  ])("%j becomes %j", (text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  it("leaves nothing that could move a cursor, and is done after one pass", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[\p{Cc}\p{Bidi_C}\u2028\u2029]/u);
        expect(escaped).not.toMatch(/\p{Cs}/u);
        expect(escapeText(escaped)).toBe(escaped);
      }),
    );
  });
});

describe("columns", () => {
  const head = [
    { title: "name" },
    { title: "size", align: "right" as const },
    { title: "why", flexible: true },
  ];

  it("leaves out what can be spared where there is no room, in its order", () => {
    const spare = [{ title: "name" }, { title: "second", spare: 2 }, { title: "first", spare: 1 }];
    const rows = [["a", "b", "c"]];
    const titles = (width: number) => narrowed(spare, rows, width)[0].map(({ title }) => title);
    expect(titles(19)).toEqual(["name", "second", "first"]);
    expect(titles(18)).toEqual(["name", "second"]);
    expect(titles(12)).toEqual(["name", "second"]);
    expect(titles(11)).toEqual(["name"]);
    expect(titles(1)).toEqual(["name"]);
    expect(narrowed(spare, rows, 12)[1]).toEqual([["a", "b"]]);
  });

  it("pads to the widest cell, aligns numbers right, and ends lines without spaces", () => {
    const rows = [
      ["a", "1", "short"],
      ["longer", "1000", ""],
    ];
    expect(columns(head, rows, 80).split("\n")).toEqual([
      "name    size  why",
      "a          1  short",
      "longer  1000",
    ]);
  });

  it("wraps the flexible column below itself where the terminal is narrow", () => {
    const rows = [["name-of-a-file", "12", "one two three four five six seven"]];
    expect(columns(head, rows, 42).split("\n")).toEqual([
      "name            size  why",
      "name-of-a-file    12  one two three four",
      "                      five six seven",
    ]);
  });

  it("does not count colours", () => {
    const rows = [
      [coloured("bad", "red"), "1", "x"],
      ["blue", "2", "y"],
    ];
    const drawn = columns(head, rows, 80).replaceAll(/\u001b\[\d+m/g, "");
    expect(drawn).toBe(
      columns(
        head,
        [
          ["red", "1", "x"],
          ["blue", "2", "y"],
        ],
        80,
      ),
    );
  });

  it("wraps without losing a word or growing wider than the longest one", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme-ascii", minLength: 1 }).map((word) => word.replaceAll(" ", "_")),
        ),
        fc.integer({ min: 1, max: 40 }),
        (words, width) => {
          const text = words.join(" ");
          const lines = wrap(text, width);
          expect(lines.join(" ")).toBe(text);
          const longest = Math.max(0, ...words.map((word) => word.length));
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, longest));
        },
      ),
    );
  });

  it("hangs text behind a prefix", () => {
    expect(hanging("  code  ", "one two three", 16)).toEqual(["  code  one two", "        three"]);
  });
});

describe("words", () => {
  it.each([
    [0.011627906933426857, "0.01162791"],
    [1, "1"],
    [Number.NaN, "NaN"],
    [-Infinity, "-Infinity"],
    [1e-9, "1e-9"],
  ])("%d reads %s", (value, text) => {
    expect(scaleText(value)).toBe(text);
  });

  it.each([
    [[], ""],
    [[3], "3"],
    [[0, 1, 2, 3], "0..3"],
    [[9, 7, 8, 5, 3, 2, 1, 0, 1], "0..3, 5, 7..9"],
  ])("layers %j read %s", (layers, text) => {
    expect(rangesText(layers)).toBe(text);
  });

  it.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1000, "1.00 kB"],
    [432_100, "432 kB"],
    [1_712_416_000, "1.71 GB"],
    [3e12, "3.00 TB"],
  ])("%d bytes read %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it("counts in the singular and plural", () => {
    expect([countText(1, "file"), countText(0, "file"), countText(3, "file")]).toEqual([
      "1 file",
      "0 files",
      "3 files",
    ]);
  });
});

describe("paint and JSON", () => {
  it("colours add no width", () => {
    expect(visibleWidth(coloured("warn", "text"))).toBe(4);
    expect(plain("warn", "text")).toBe("text");
    expect(coloured("warn", "text")).toBe("\u001b[33mtext\u001b[39m");
  });

  it("numbers that JSON has none for become words", () => {
    expect(JSON.parse(jsonText({ values: [Number.NaN, Infinity, -Infinity, 0.5] }))).toEqual({
      values: ["NaN", "Infinity", "-Infinity", 0.5],
    });
  });
});
