import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/errors.js";
import { mapSites, moveTable, type Rename } from "../../src/scales/mapping.js";
import { tensorScale } from "../../src/scales/scale.js";
import { type Site, siteOf } from "../../src/scales/site.js";
import { tableOf } from "../../src/scales/table.js";

function stack(form: string, ...layers: readonly number[]): Site[] {
  return layers.map((layer) => siteOf(form.replace("N", String(layer)))!);
}

const LLAMA = "model.layers.N.self_attn";
const LLAVA = "language_model.model.layers.N.self_attn";
const QWEN_VL = "model.language_model.layers.N.self_attn";
const VISION = "vision_tower.encoder.layers.N.self_attn";

function pairs(from: readonly Site[], to: readonly Site[], renames: readonly Rename[] = []): string[][] {
  return Array.from(mapSites(from, to, renames).sites, ([path, site]) => [path, site.path]);
}

function refused(code: string, exit: Refusal["exit"] = "data") {
  return expect.objectContaining<Partial<Refusal>>({ code, exit });
}

describe("mapSites", () => {
  it.each([
    [LLAMA, LLAVA],
    [LLAVA, LLAMA],
    [LLAVA, QWEN_VL],
    ["backbone.layers.N.mixer", "model.layers.N.mixer"],
    ["layers.N.attention", LLAMA],
    ["transformer.blocks.N.norm_attn_norm.attn", "model.layers.N.self_attn"],
    ["transformer.h.N.attn", "h.N.attn"],
  ])("matches %s with %s by layer", (from, to) => {
    const [a, b] = [stack(from, 0, 3, 10), stack(to, 10, 0, 3)];
    expect(pairs(a, b)).toEqual(a.map(({ path, layer }) => [path, to.replace("N", String(layer))]));
  });

  it("keeps decoder, cross-attention and encoder of one layer apart", () => {
    const whisper = (prefix: string) => [
      ...stack(`${prefix}decoder.layers.N.self_attn`, 0, 1),
      ...stack(`${prefix}decoder.layers.N.encoder_attn`, 0, 1),
    ];
    expect(pairs(whisper("model."), whisper("whisper.model."))).toEqual(
      whisper("model.").map(({ path }) => [path, `whisper.${path}`]),
    );
  });

  it("prefers equal paths, so two decoders of one model stay apart", () => {
    const omni = [
      ...stack("thinker.model.layers.N.self_attn", 0, 1),
      ...stack("talker.model.layers.N.self_attn", 0, 1),
    ];
    expect(pairs(omni, omni)).toEqual(omni.map(({ path }) => [path, path]));
  });

  it("takes a draft layer by its path although one side cannot know that it is one", () => {
    const from = stack(LLAMA, 0, 1, 2);
    const to = [...stack(LLAMA, 0, 1), { ...siteOf("model.layers.2.self_attn")!, kind: "draft" as const }];
    expect(pairs(from, to)).toEqual(from.map(({ path }) => [path, path]));
  });

  it("refuses layers that differ, and shows both lists", () => {
    const layers = (count: number) => stack(LLAMA, ...Array(count).keys());
    expect(() => mapSites(layers(32), layers(28))).toThrow(refused("layers-differ"));
    expect(() => mapSites(layers(32), layers(28))).toThrow(
      /target has layers 0\.\.27 .*found layers 0\.\.31 /,
    );
    expect(() => mapSites(layers(28), layers(32))).toThrow(
      /target has layers 0\.\.31 .*found layers 0\.\.27 /,
    );
    expect(() => mapSites(stack(LLAMA, 0, 2, 3), stack(LLAVA, 0, 1, 2))).toThrow(
      /0\.\.2 .*found layers 0, 2\.\.3 /,
    );
    expect(() => mapSites(stack(LLAMA, 0), [])).toThrow(/target has none.*found layers 0 /);
  });

  it("refuses a hybrid's layers against those of a full model", () => {
    expect(() => mapSites(stack("backbone.layers.N.mixer", 7, 18), stack(LLAMA, 0, 1))).toThrow(
      refused("layers-differ"),
    );
  });

  it("refuses a choice between two modules, and names them", () => {
    const omni = [
      ...stack("thinker.model.layers.N.self_attn", 0),
      ...stack("talker.model.layers.N.self_attn", 0),
    ];
    expect(() => mapSites(stack(LLAMA, 0), omni)).toThrow(refused("sites-ambiguous"));
    expect(() => mapSites(omni, stack(LLAMA, 0))).toThrow(
      /of the source, found "thinker\.model\.layers\.0.*" and "talker/,
    );
    expect(() => mapSites(stack(LLAMA, 0), omni)).toThrow(/of the target, found "thinker/);
  });

  it("drops a draft stack that the target lacks, with a loss; one that the source lacks stays without", () => {
    const main = stack(LLAMA, 0, 1);
    const draft = stack("mtp.layers.N.self_attn", 0);
    const { sites, losses } = mapSites([...main, ...draft], stack(LLAVA, 0, 1));
    expect(sites.size).toBe(2);
    expect(losses).toEqual([
      { code: "sites-dropped", detail: "the target has no draft stack", site: "mtp.layers.0.self_attn" },
    ]);
    expect(mapSites(main, [...stack(LLAVA, 0, 1), ...draft]).losses).toEqual([]);
    expect(() =>
      mapSites([...main, ...draft], [...main, ...stack("model.mtp.layers.N.self_attn", 0, 1)]),
    ).toThrow(/draft attention layers/);
  });

  it("matches draft stacks of one length in order: one is counted by itself, the other on from the decoder", () => {
    const from = stack("mtp.layers.N.self_attn", 0, 1);
    const to = [62, 61].map((layer) => ({
      ...siteOf(`model.layers.${layer}.self_attn`)!,
      kind: "draft" as const,
    }));
    expect(pairs(from, to)).toEqual([
      ["mtp.layers.0.self_attn", "model.layers.61.self_attn"],
      ["mtp.layers.1.self_attn", "model.layers.62.self_attn"],
    ]);
  });

  it("drops what keeps no cache, even where the target has it", () => {
    const from = [...stack(LLAMA, 0), ...stack(VISION, 0)];
    const { sites, losses } = mapSites(from, from);
    expect([...sites.keys()]).toEqual(["model.layers.0.self_attn"]);
    expect(losses).toMatchObject([
      { code: "sites-dropped", site: "vision_tower.encoder.layers.0.self_attn" },
    ]);
  });

  it("follows renames first: whole words, the longest match", () => {
    const omni = [
      ...stack("thinker.model.layers.N.self_attn", 0, 1),
      ...stack("talker.model.layers.N.self_attn", 0, 1),
    ];
    const from = stack(LLAMA, 0, 1);
    expect(pairs(from, omni.slice(0, 2), [["model", "thinker.model"]])).toHaveLength(2);
    const swap: Rename[] = [
      ["model.layers.1", "language_model.model.layers.0"],
      ["model.layers", "language_model.model.layers"],
      ["model.layers.0.self_attn", "language_model.model.layers.1.self_attn"],
    ];
    const three = stack(LLAMA, 0, 1, 2);
    expect(pairs(three, stack(LLAVA, 0, 1, 2), swap)).toEqual([
      ["model.layers.0.self_attn", "language_model.model.layers.1.self_attn"],
      ["model.layers.1.self_attn", "language_model.model.layers.0.self_attn"],
      ["model.layers.2.self_attn", "language_model.model.layers.2.self_attn"],
    ]);
  });

  it("refuses renames that lead nowhere, begin nowhere, or meet", () => {
    const [from, to] = [stack(LLAMA, 0, 1), stack(LLAVA, 0, 1)];
    expect(() => mapSites(from, to, [["model", "nowhere"]])).toThrow(refused("map-target-missing", "usage"));
    expect(() => mapSites(from, to, [["mode", "language_model.model"]])).toThrow(
      refused("map-source-missing", "usage"),
    );
    const rule: Rename = ["model", "language_model.model"];
    for (const renames of [
      [rule, ["model", "other"]],
      [rule, ["model.layers", "language_model.model.layers"]],
    ] as const) {
      expect(() => mapSites(from, to, renames)).toThrow(refused("map-overruled", "usage"));
    }
    const both: Rename[] = [
      ["model.layers.0", "language_model.model.layers.0"],
      ["model.layers.1", "language_model.model.layers.0"],
    ];
    expect(() => mapSites(from, to, both)).toThrow(refused("map-target-twice", "usage"));
  });
});

describe("moveTable", () => {
  it("puts entries on the target's sites and leaves dropped ones out", () => {
    const from = [...stack(LLAMA, 0, 1), ...stack("mtp.layers.N.self_attn", 0)];
    const table = tableOf(
      "float8_e4m3fn",
      from.map((site) => ({ site, role: "kv" as const, scale: tensorScale(site.layer + 1) })),
    );
    const moved = moveTable(table, mapSites(from, stack(LLAVA, 0, 1)));
    expect(moved.table.entries.map(({ site, scale }) => [site.path, scale.values[0]])).toEqual([
      ["language_model.model.layers.0.self_attn", 1],
      ["language_model.model.layers.1.self_attn", 2],
    ]);
    expect(moved.losses).toHaveLength(1);
  });
});
