import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSites, keepsCache, type SiteKind, shownSite, siteOf } from "../../src/scales/site.js";

const PATHS: readonly (readonly [path: string, layer: number, kind: SiteKind])[] = [
  ["model.layers.7.self_attn", 7, "decoder"],
  ["language_model.model.layers.7.self_attn", 7, "decoder"],
  ["model.language_model.layers.31.self_attn", 31, "decoder"],
  ["thinker.model.layers.0.self_attn", 0, "decoder"],
  ["backbone.layers.12.mixer", 12, "decoder"],
  ["transformer.blocks.3.norm_attn_norm.attn", 3, "decoder"],
  ["transformer.h.0.attn", 0, "decoder"],
  ["h.0.attn", 0, "decoder"],
  ["transformer.h.2.attn.attention", 2, "decoder"],
  ["gpt_neox.layers.5.attention", 5, "decoder"],
  ["transformer.h.5.self_attention", 5, "decoder"],
  ["transformer.encoder.layers.5.self_attention", 5, "decoder"],
  ["transformer.layers.0.attention", 0, "decoder"],
  ["layers.4.attention", 4, "decoder"],
  ["model.layers.4.temporal_block", 4, "decoder"],
  ["model.decoder.layers.2.self_attn", 2, "decoder"],
  ["model.decoder.layers.2.encoder_attn", 2, "cross"],
  ["decoder.block.3.layer.0.SelfAttention", 3, "decoder"],
  ["decoder.block.3.layer.1.EncDecAttention", 3, "cross"],
  ["encoder.block.3.layer.0.SelfAttention", 3, "encoder"],
  ["language_model.model.layers.3.cross_attn", 3, "cross"],
  ["transformer.h.3.crossattention", 3, "cross"],
  ["mtp.layers.0.self_attn", 0, "draft"],
  ["model.mtp_layers.1.self_attn", 1, "draft"],
  ["model.decoder.self_attn", 0, "draft"],
  ["midlayer.self_attn", 0, "draft"],
  ["model.encoder.layers.1.self_attn", 1, "encoder"],
  ["bert.encoder.layer.11.attention.self", 11, "encoder"],
  ["model.audio_tower.layers.1.self_attn", 1, "encoder"],
  ["vision_tower.vision_model.encoder.layers.1.self_attn", 1, "vision"],
  ["visual.blocks.1.attn", 1, "vision"],
  ["model.visual.blocks.1.attn", 1, "vision"],
  ["vision_model.transformer.layers.1.self_attn", 1, "vision"],
  ["vit.encoder.layer.1.attention.attention", 1, "vision"],
  ["model.embed_tokens_extend.image_embed.img_processor.encoder.layers.0.self_attn", 0, "vision"],
];

const NO_SITES = [
  "",
  "model",
  "model.layers.7",
  "model.norm",
  "self_attn",
  "model.layers.7.mlp",
  "model.layers.7.mlp.experts.3",
  "model.layers.7.self_attn.k_proj",
  "model.layers.7.self_attn.attn",
  "model.layers.7.self_attn.mla_attn",
  "model.layers.7.self_attn.mla_attn.mla_attn",
  "model.layers.7.self_attn.attn_mqa",
  "model.layers.7.self_attn.indexer",
  "model.layers.7.linear_attn",
  "model.layers.7.norm_attn_norm",
  "transformer.h.0.attn.attn",
  "model.layers..self_attn",
  "model..layers.0.self_attn",
  "model.layers.0..self_attn",
  "model.layers.07.self_attn",
  "model.layers.99999999.self_attn",
  "model.layers.-1.self_attn",
];

describe("siteOf", () => {
  it.each(PATHS)("reads %s as layer %i of the %s", (path, layer, kind) => {
    expect(siteOf(path)).toEqual({ path, layer, kind });
  });

  it.each(NO_SITES)("takes %j for no attention module", (path) => {
    expect(siteOf(path)).toBeUndefined();
  });

  it("never throws and keeps the path it was given", () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const site = siteOf(path);
        return site === undefined || site.path === path;
      }),
    );
  });

  it("is a part of what weights can show: any module below a layer, whatever it is called", () => {
    for (const [path] of PATHS) expect(shownSite(path)).toEqual(siteOf(path));
    expect(shownSite("model.layers.3.oddly_named")).toEqual({
      path: "model.layers.3.oddly_named",
      layer: 3,
      kind: "decoder",
    });
    expect(shownSite("model.layers.3.linear_attn")).toBeUndefined();
    expect(shownSite("model.layers.3")).toBeUndefined();
  });
});

describe("sites", () => {
  it("keep a cache in the decoder, its cross-attention and the draft stack only", () => {
    const kinds = PATHS.map(([path]) => siteOf(path)!)
      .filter(keepsCache)
      .map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(["cross", "decoder", "draft"]);
  });

  it("are ordered by kind, then layer as a number, then path", () => {
    const paths = [
      "vision.blocks.0.attn",
      "model.layers.10.self_attn",
      "mtp.layers.0.self_attn",
      "model.layers.9.self_attn",
      "b.layers.9.self_attn",
    ];
    expect(
      paths
        .map((path) => siteOf(path)!)
        .sort(compareSites)
        .map(({ path }) => path),
    ).toEqual([
      "b.layers.9.self_attn",
      "model.layers.9.self_attn",
      "model.layers.10.self_attn",
      "mtp.layers.0.self_attn",
      "vision.blocks.0.attn",
    ]);
  });
});
