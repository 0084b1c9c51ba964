import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Refusal } from "../../../src/errors.js";
import { headScale, tensorScale } from "../../../src/scales/scale.js";
import { kvCacheScales } from "../../../src/scales/sidecars/kv-cache-scales.js";
import { parseSidecar, place } from "../../../src/scales/sidecars/sidecars.js";
import { type Role, type Site, siteOf } from "../../../src/scales/site.js";
import { type Entry, type ScaleTable, tableOf } from "../../../src/scales/table.js";
import { decoderTables } from "../arbitrary.js";

const FILE = "kv_cache_scales.json";

function text(
  factors: unknown,
  dtype: unknown = "float8_e4m3fn",
  model: object = { model_type: "llama" },
): string {
  return JSON.stringify({ ...model, kv_cache: { dtype, scaling_factor: factors } });
}

function decoder(layers: number): Site[] {
  return Array.from({ length: layers }, (_, n) => siteOf(`model.layers.${n}.self_attn`)!);
}

function table(cells: readonly (readonly [layer: number, role: Role, value: number])[]): ScaleTable {
  const entry = ([layer, role, value]: (typeof cells)[number]): Entry => {
    return { site: siteOf(`model.layers.${layer}.self_attn`)!, role, scale: tensorScale(value) };
  };
  return tableOf("float8_e4m3fn", cells.map(entry));
}

describe("reading kv_cache_scales.json", () => {
  it("gives a kv scale a layer, named by its JSON path", () => {
    const sidecar = parseSidecar(text({ 0: { 0: 0.5, 1: 1 } }), FILE);
    expect(sidecar).toMatchObject({ spelling: "kv-cache-scales", format: "float8_e4m3fn", losses: [] });
    expect(sidecar.facts).toEqual({ layers: 2, ranks: 1, modelType: "llama" });
    expect(sidecar.entries[1]).toEqual({
      layer: 1,
      role: "kv",
      scale: tensorScale(1),
      name: "kv_cache.scaling_factor.0.1",
    });
  });

  it("knows no model type where it is null", () => {
    expect(
      parseSidecar(text({ 0: { 0: 1 } }, undefined, { model_type: null }), FILE).facts.modelType,
    ).toBeUndefined();
  });

  it("takes the maximum over ranks, as a loss where they differ", () => {
    const sidecar = parseSidecar(text({ 0: { 0: 0.5, 1: 1 }, 1: { 0: 0.75, 1: 1 } }), FILE);
    expect(sidecar.entries.map(({ scale }) => scale.values[0])).toEqual([0.75, 1]);
    expect(sidecar.entries[0]!.name).toBe("kv_cache.scaling_factor.1.0");
    expect(sidecar.facts.ranks).toBe(2);
    expect(sidecar.losses).toEqual([
      { code: "ranks-merged-by-max", detail: expect.stringContaining("1 of 2 layers") },
    ]);
    expect(parseSidecar(text({ 0: { 0: 1 }, 1: { 0: 1 } }), FILE).losses).toEqual([]);
  });

  it.each([
    [
      "no model_type",
      text({ 0: { 0: 1 } }, "float8_e4m3fn", {}),
      /`model_type` to be a string or null, found nothing/,
    ],
    ["a number as model_type", text({ 0: { 0: 1 } }, "float8_e4m3fn", { model_type: 3 }), /found 3/],
    [
      "another dtype",
      text({ 0: { 0: 1 } }, "float8_e5m2"),
      /`kv_cache\.dtype` to be "float8_e4m3fn", found "float8_e5m2"/,
    ],
    ["no dtype", text({ 0: { 0: 1 } }, null), /found null/],
    ["no factors", text(undefined), /scaling_factor` to be an object, found nothing/],
    ["no ranks", text({}), /found no keys/],
    ["a rank key with letters", text({ rank0: { 0: 1 } }), /found the key "rank0"/],
    ["a missing rank", text({ 0: { 0: 1 }, 2: { 0: 1 } }), /found the key "2"/],
    ["a missing layer", text({ 0: { 0: 1, 2: 1 } }), /layer for each number from 0 on.*found the key "2"/],
    ["a layer key that Python's int takes but no other", text({ 0: { "00": 1 } }), /found the key "00"/],
    ["unequal ranks", text({ 0: { 0: 1, 1: 1 }, 1: { 0: 1 } }), /found 2 layers in rank 0 and 1 in rank 1/],
    ["a number in quotes", text({ 0: { 0: "1.0" } }), /to be a number, found "1\.0"/],
    ["a truth value", text({ 0: { 0: true } }), /found true/],
    ["a list of ranks", text([{ 0: 1 }]), /to be an object, found an array of 1/],
    ["kv_cache that is no object", '{"model_type":"llama","kv_cache":[]}', /`kv_cache` to be an object/],
    [
      "a layer twice",
      '{"model_type":"llama","kv_cache":{"dtype":"float8_e4m3fn","scaling_factor":{"0":{"0":1,"0":2}}}}',
      /found the key "0" more than once/,
    ],
    [
      "a rank twice",
      '{"model_type":"llama","kv_cache":{"dtype":"float8_e4m3fn","scaling_factor":{"0":{"0":1},"0":{"0":2}}}}',
      /more than once/,
    ],
  ])("refuses %s, naming the file", (_, json, message) => {
    expect(() => parseSidecar(json, FILE)).toThrow(message);
    expect(() => parseSidecar(json, FILE)).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "sidecar-invalid", exit: "data" }),
    );
    expect(() => parseSidecar(json, FILE)).toThrow(new RegExp(`^${FILE}: `));
  });

  it("lets zeros, negatives and Python's NaN through: the checks judge values", () => {
    const json =
      '{"model_type":"llama","kv_cache":{"dtype":"float8_e4m3fn","scaling_factor":{"0":{"0":NaN,"1":0,"2":-1}}}}';
    expect(parseSidecar(json, FILE).entries.map(({ scale }) => scale.values[0])).toEqual([Number.NaN, 0, -1]);
  });
});

describe("placing a sidecar", () => {
  const two = parseSidecar(text({ 0: { 0: 0.5, 1: 1 } }), FILE);

  it("puts each layer on the decoder's module, and says where it came from", () => {
    const vision = siteOf("visual.blocks.0.attn")!;
    const draft = siteOf("mtp.layers.0.self_attn")!;
    expect(place(two, [...decoder(2), draft, vision]).entries).toEqual([
      expect.objectContaining({
        site: decoder(2)[0],
        role: "kv",
        found: { spelling: "kv-cache-scales", file: FILE, name: "kv_cache.scaling_factor.0.0" },
      }),
      expect.objectContaining({ site: decoder(2)[1] }),
    ]);
  });

  it.each([
    ["fewer layers", decoder(1), /layers 0, found scales of layers 0\.\.1/],
    ["more layers", decoder(3), /layers 0\.\.2, found scales of layers 0\.\.1/],
    [
      "a hybrid",
      [siteOf("backbone.layers.0.mixer")!, siteOf("backbone.layers.7.mixer")!],
      /layers 0, 7, found/,
    ],
    ["two decoders", [...decoder(2), siteOf("talker.model.layers.0.self_attn")!], /two decoders/],
  ])("refuses a model with %s", (_, sites, message) => {
    const failing = () => place(two, sites);
    expect(failing).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "layers-differ", exit: "data" }),
    );
    expect(failing).toThrow(
      expect.toSatisfy((refusal: Refusal) => message.test(`${refusal.message} ${refusal.remedy}`)),
    );
  });
});

describe("writing kv_cache_scales.json", () => {
  it("writes what AMMO's script writes, with the target's model type", () => {
    const { text: json, losses } = kvCacheScales.print(
      table([
        [0, "kv", 0.015224],
        [1, "kv", 1],
      ]),
      { layers: 2, modelType: "qwen2" },
    );
    expect(json).toBe(`{
    "model_type": "qwen2",
    "kv_cache": {
        "dtype": "float8_e4m3fn",
        "scaling_factor": {
            "0": {
                "0": 0.015224,
                "1": 1.0
            }
        }
    }
}
`);
    expect(losses).toEqual([]);
  });

  it("repeats the factors for each tensor-parallel rank, and reads them back without loss", () => {
    const { text: json } = kvCacheScales.print(table([[0, "kv", 0.5]]), {
      layers: 1,
      modelType: "llama",
      ranks: 4,
    });
    const back = parseSidecar(json, FILE);
    expect(back.facts.ranks).toBe(4);
    expect(back.losses).toEqual([]);
  });

  it("fuses, reduces and drops with losses, and stores on the e4m3fn base", () => {
    const cells = table([
      [0, "k", 0.5],
      [0, "v", 0.25],
      [0, "q", 2],
    ]);
    const heads = tableOf("float8_e4m3fn", [
      ...cells.entries,
      { site: decoder(2)[1]!, role: "kv", scale: headScale([1, 2]) },
    ]);
    const { text: json, losses } = kvCacheScales.print(
      { ...heads, format: "float8_e4m3fnuz" },
      { layers: 2, modelType: "llama" },
    );
    expect(parseSidecar(json, FILE).entries.map(({ scale }) => scale.values[0])).toEqual([0.25, 1]);
    expect(losses.map(({ code }) => code).sort()).toEqual([
      "fused-by-max",
      "heads-reduced-by-max",
      "role-dropped",
    ]);
  });

  it("drops draft and vision scales with a loss each", () => {
    const others = ["mtp.layers.0.self_attn", "visual.blocks.0.attn"].map((path) => ({
      site: siteOf(path)!,
      role: "kv" as const,
      scale: tensorScale(1),
    }));
    const both = tableOf("float8_e4m3fn", [...table([[0, "kv", 1]]).entries, ...others]);
    const { losses } = kvCacheScales.print(both, { layers: 1, modelType: "llama" });
    expect(losses.map(({ code, site }) => [code, site])).toEqual([
      ["sites-dropped", "mtp.layers.0.self_attn"],
      ["sites-dropped", "visual.blocks.0.attn"],
    ]);
  });

  it.each([
    [
      "a hybrid",
      table([
        [3, "kv", 1],
        [7, "kv", 1],
      ]),
      8,
      "sidecar-layers",
    ],
    [
      "a hybrid with as many layers as asked",
      table([
        [3, "kv", 1],
        [7, "kv", 1],
      ]),
      2,
      "sidecar-layers",
    ],
    ["too few layers", table([[0, "kv", 1]]), 2, "sidecar-layers"],
    [
      "more layers than there are",
      table([
        [0, "kv", 1],
        [1, "kv", 1],
      ]),
      1,
      "sidecar-layers",
    ],
    ["an absurd number of layers", table([[0, "kv", 1]]), 1e12, "sidecar-layers"],
    ["half a pair", table([[0, "k", 1]]), 1, "sidecar-layers"],
    ["infinity", table([[0, "kv", Infinity]]), 1, "scale-not-finite"],
    ["nothing", table([]), 1, "sidecar-layers"],
  ])("refuses %s", (_, scales, layers, code) => {
    expect(() => kvCacheScales.print(scales, { layers, modelType: "llama" })).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code, exit: "data" }),
    );
  });

  it("refuses cross-attention", () => {
    const whisper = tableOf("float8_e4m3fn", [
      { site: siteOf("model.decoder.layers.0.encoder_attn")!, role: "kv", scale: tensorScale(1) },
    ]);
    expect(() => kvCacheScales.print(whisper, { layers: 1, modelType: "whisper" })).toThrow(
      /cross-attention/,
    );
  });

  it("asks for the model type, which readers compare", () => {
    expect(() => kvCacheScales.print(table([[0, "kv", 1]]), { layers: 1 })).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "model-type-needed", exit: "usage" }),
    );
  });

  it("reads back every number it wrote, exactly", () => {
    fc.assert(
      fc.property(decoderTables, fc.integer({ min: 1, max: 3 }), (any, ranks) => {
        const layers = new Set(any.entries.map(({ site }) => site.layer)).size;
        const printed = kvCacheScales.print(any, { layers, modelType: "llama", ranks });
        const back = place(parseSidecar(printed.text, FILE), decoder(layers));
        for (const { site, scale } of back.entries) {
          const sources = any.entries.filter(
            (entry) => entry.site.path === site.path && entry.role !== "q" && entry.role !== "prob",
          );
          expect(scale.values[0]).toBe(Math.max(...sources.flatMap((entry) => entry.scale.values)));
        }
        expect(kvCacheScales.print(back, { layers, modelType: "llama", ranks })).toEqual({
          text: printed.text,
          losses: [],
        });
      }),
    );
  });
});
