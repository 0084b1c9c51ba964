import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layerList } from "../../src/scales/layer-list.js";
import { tensorScale } from "../../src/scales/scale.js";
import { type Role, siteOf } from "../../src/scales/site.js";
import { bySite, type Entry, sitesOf, tableOf } from "../../src/scales/table.js";

function entry(path: string, role: Role): Entry {
  return { site: siteOf(path)!, role, scale: tensorScale(1) };
}

const IN_ORDER = [
  entry("model.layers.2.self_attn", "k"),
  entry("model.layers.2.self_attn", "v"),
  entry("model.layers.10.self_attn", "k"),
  entry("model.layers.10.self_attn", "v"),
  entry("model.layers.10.self_attn", "kv"),
  entry("model.layers.10.self_attn", "q"),
  entry("model.layers.10.self_attn", "prob"),
  entry("mtp.layers.0.self_attn", "kv"),
  entry("visual.blocks.0.attn", "k"),
];

describe("tableOf", () => {
  it("is in the same order whatever order the entries come in", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(IN_ORDER, { minLength: IN_ORDER.length }), (entries) => {
        expect(tableOf("float8_e4m3fn", entries).entries).toEqual(IN_ORDER);
      }),
    );
  });

  it("keeps two entries of one cell, in the order given, for the checks to find", () => {
    const [a, b] = [
      entry("model.layers.2.self_attn", "k"),
      { ...entry("model.layers.2.self_attn", "k"), scale: tensorScale(2) },
    ];
    expect(tableOf("float8_e4m3fn", [b, a]).entries).toEqual([b, a]);
  });

  it("gives its sites once each, in order, with their entries", () => {
    const table = tableOf("float8_e4m3fn", IN_ORDER);
    expect(sitesOf(table).map(({ layer, kind }) => [layer, kind])).toEqual([
      [2, "decoder"],
      [10, "decoder"],
      [0, "draft"],
      [0, "vision"],
    ]);
    expect(bySite(table).get("model.layers.2.self_attn")).toEqual(IN_ORDER.slice(0, 2));
  });
});

describe("layerList", () => {
  it.each([
    [[], "none"],
    [[3], "3"],
    [[2, 0, 1], "0..2"],
    [[0, 1, 4, 6, 7, 8, 7], "0..1, 4, 6..8"],
    [[9, 10, 11], "9..11"],
  ])("%j is %s", (layers, text) => {
    expect(layerList(layers)).toBe(text);
  });
});
