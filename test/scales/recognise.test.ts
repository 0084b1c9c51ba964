import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { knownSites, recognise } from "../../src/scales/recognise.js";
import { shownSite, siteOf } from "../../src/scales/site.js";

const A = "model.layers.0.self_attn";

const SCALES: readonly (readonly [name: string, spelling: string, role: string, path: string])[] = [
  [`${A}.kv_scale`, "kv_scale", "kv", A],
  [`${A}.k_scale`, "k_scale", "k", A],
  [`${A}.q_scale`, "k_scale", "q", A],
  ["transformer.h.0.attn.k_scale", "k_scale", "k", "transformer.h.0.attn"],
  ["transformer.h.0.attn.attn.k_scale", "runtime", "k", "transformer.h.0.attn"],
  [
    "transformer.blocks.0.norm_attn_norm.attn.v_scale",
    "k_scale",
    "v",
    "transformer.blocks.0.norm_attn_norm.attn",
  ],
  [
    "transformer.blocks.0.norm_attn_norm.attn.attn.v_scale",
    "runtime",
    "v",
    "transformer.blocks.0.norm_attn_norm.attn",
  ],
  ["backbone.layers.1.mixer.k_scale", "k_scale", "k", "backbone.layers.1.mixer"],
  ["backbone.layers.1.mixer.attn.k_scale", "runtime", "k", "backbone.layers.1.mixer"],
  ["backbone.layers.1.mixer.k_proj.k_scale", "modelopt", "k", "backbone.layers.1.mixer"],
  [`${A}.v_proj.v_scale`, "modelopt", "v", A],
  [`${A}.q_proj.output_scale`, "quark", "q", A],
  [`${A}.prob_output_scale`, "quark", "prob", A],
  [`${A}.qkv_proj.k_scale`, "fused-qkv", "k", A],
  [`${A}.qkqkv_proj.v_scale`, "twice-fused-qkv", "v", A],
  [`${A}.attn.k_scale`, "runtime", "k", A],
  [`${A}.attn.prob_scale`, "runtime", "prob", A],
  [`${A}.mla_attn.mla_attn.k_scale`, "mla-runtime", "k", A],
  [`${A}.attn_mqa.k_scale`, "mla-runtime", "k", A],
  ["model.decoder.self_attn.attn_mqa.k_scale", "mla-runtime", "k", "model.decoder.self_attn"],
  [`${A}.q.scale`, "hunyuan", "q", A],
  [`${A}.v_cache.scale`, "hunyuan", "v", A],
  ["layers.3.attention.kv_fake_quantizer.qscale_act", "mistral", "kv", "layers.3.attention"],
  ["layers.3.attention.v_fake_quantizer.qscale_act", "mistral", "v", "layers.3.attention"],
  [
    "transformer.layers.0.attention.kv_cache_scaling_factor",
    "trtllm",
    "kv",
    "transformer.layers.0.attention",
  ],
  [
    "transformer.layers.0.attention.k_cache_scaling_factor",
    "trtllm-pair",
    "k",
    "transformer.layers.0.attention",
  ],
  [`${A}.k_proj.output_quantizer.scale`, "quark-quantizer", "k", A],
];

const REFUSED: readonly (readonly [name: string, spelling: string])[] = [
  ["transformer.layers.0.attention.kv_cache_rcp_scaling_factor", "trtllm-rcp"],
  [`${A}.qkv_proj.kv_scales`, "trtllm-runtime"],
  [`${A}.qkv_proj.inv_kv_scales`, "trtllm-runtime"],
  [`${A}.k_proj.kv_cache_scale`, "ascend-int8"],
  [`${A}.v_proj.kv_cache_offset`, "ascend-int8"],
  [`${A}.fa_k.scale`, "ascend-int8"],
  [`${A}.k_bmm_quantizer._amax`, "amax"],
];

const UNRECOGNISED = [
  `${A}.k_proj.v_scale`,
  `${A}.v_proj.k_scale`,
  `${A}.q_proj.q_scale`,
  `${A}.qkv_proj.output_scale`,
  `${A}.attn.attn.k_scale`,
  `${A}.self_attn.prob_output_scale`,
  `${A}.prob_scale`,
  `${A}.kv_scales`,
  "model.layers.0.mlp.k_scale",
  "k_scale",
];

const ORDINARY = [
  `${A}.k_proj.weight`,
  `${A}.k_proj.weight_scale`,
  `${A}.k_proj.weight_scale_2`,
  `${A}.k_proj.weight_scale_inv`,
  `${A}.k_proj.input_scale`,
  `${A}.qkv_proj.input_scale`,
  `${A}.o_proj.output_scale`,
  `${A}.o_proj.output_quantizer.scale`,
  `${A}.k_proj.weight_quantizer.scale`,
  `${A}.k_norm.weight`,
  `${A}.k_norm.scale`,
  "layers.3.attention.wq.qscale_act",
  "layers.3.feed_forward.w1.qscale_weight",
  "model.norm.scale",
  "lm_head.weight",
  "lm_head.scale",
  "scale",
  "",
];

describe("recognise", () => {
  it.each(SCALES)("reads %s as %s, role %s", (name, spelling, role, path) => {
    expect(recognise(name)).toEqual({ as: "scale", spelling, role, site: siteOf(path) });
  });

  it.each(REFUSED)("refuses %s as %s with a reason", (name, spelling) => {
    expect(recognise(name)).toEqual({ as: "refused", spelling, why: expect.stringMatching(/.{30}/) });
  });

  it.each(UNRECOGNISED)("says that %s looks like a scale but is none it knows", (name) => {
    expect(recognise(name)).toMatchObject({ as: "unrecognised" });
  });

  it.each(ORDINARY)("has nothing to say about %j", (name) => {
    expect(recognise(name)).toBeUndefined();
  });

  it("tells companions from scales", () => {
    const site = siteOf(A);
    expect(recognise(`${A}.v_zero_point`)).toEqual({
      as: "companion",
      spelling: "k_scale",
      role: "v",
      site,
      what: "zero-point",
    });
    expect(recognise(`${A}.k_proj.k_bias`)).toEqual({
      as: "companion",
      spelling: "modelopt",
      role: "k",
      site,
      what: "bias",
    });
  });

  it("says which letter contradicts which", () => {
    expect(recognise(`${A}.k_proj.v_scale`)).toEqual({
      as: "unrecognised",
      why: "a v scale below the k projection",
    });
  });

  it("trusts the weights over the words", () => {
    const odd = "model.layers.0.talking";
    expect(recognise(`${odd}.k_scale`)).toEqual({ as: "unrecognised" });
    const site = shownSite(odd)!;
    expect(recognise(`${odd}.k_scale`, knownSites([site]))).toMatchObject({
      as: "scale",
      spelling: "k_scale",
      site,
    });
    expect(recognise(`${odd}.k_scale`, new Set([odd]))).toMatchObject({ as: "scale", site });
    expect(recognise(`${odd}.attn.k_scale`, knownSites([site]))).toMatchObject({ spelling: "runtime", site });
  });

  it("takes the kind from the known module: a draft layer in the decoder's numbering", () => {
    const known = knownSites([{ ...siteOf("model.layers.61.self_attn")!, kind: "draft" }]);
    expect(recognise("model.layers.61.self_attn.k_scale", known)).toMatchObject({
      site: { kind: "draft", layer: 61 },
    });
  });

  it("never throws on hostile names", () => {
    const words = fc.constantFrom(
      "__proto__",
      "constructor",
      "k_scale",
      "kv_scale",
      "scale",
      "",
      ".",
      "0",
      "self_attn",
      "\u001b[2J",
    );
    fc.assert(
      fc.property(
        fc.array(words).map((parts) => parts.join(".")),
        (name) => recognise(name) !== null,
      ),
    );
  });
});

const ENGINE_NAMES = resolve(import.meta.dirname, "../../../shared/conformance/engine-names.json");

describe.skipIf(!existsSync(ENGINE_NAMES))(
  "recognise beside engines' own name functions (skipped where ../shared is missing)",
  () => {
    interface Row {
      readonly name: string;
      readonly vllm_mapper_quark: string | null;
    }
    const rows: Row[] = existsSync(ENGINE_NAMES) ? JSON.parse(readFileSync(ENGINE_NAMES, "utf8")).rows : [];

    it("reads every name that vLLM maps to a scale of attention, for the same role, or says why not", () => {
      const wrong = rows.flatMap(({ name, vllm_mapper_quark: target }) => {
        const role = /\.attn\.(k|v|q|prob)_scale$/.exec(target ?? "")?.[1];
        const reading = recognise(name);
        if (role === undefined || reading?.as === "refused" || reading?.as === "unrecognised") return [];
        const mine = reading?.as === "scale" ? reading.role.replace("kv", "k") : "nothing";
        return mine === role ? [] : [`${name}: ${mine}, vLLM ${role}`];
      });
      expect(wrong).toEqual([]);
      expect(rows.length).toBe(225);
    });

    it("reads no ordinary tensor as a scale: whatever it reads, some engine or producer knows", () => {
      const names = rows.map(({ name }) => name).filter((name) => recognise(name)?.as === "scale");
      expect(names.filter((name) => /weight|input_scale|o_proj|_bias/.test(name))).toEqual([]);
      expect(names.length).toBeGreaterThan(100);
    });
  },
);
