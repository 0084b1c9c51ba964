import { describe, expect, it } from "vitest";
import { parametersNamed } from "../../../src/engines/names/parameters.js";
import { sglangRemap } from "../../../src/engines/names/sglang-remap.js";
import { type MapperKind, vllmMapper } from "../../../src/engines/names/vllm-mapper.js";
import { type RemapEdition, vllmRemap } from "../../../src/engines/names/vllm-remap.js";

const A = "model.layers.3.self_attn";
const MIXER = "backbone.layers.3.mixer";
const ordinary = parametersNamed(
  [A, MIXER].flatMap((path) => ["q", "k", "v"].map((letter) => `${path}.attn.${letter}_scale`)),
);
const latent = parametersNamed(["k", "v"].map((letter) => `${A}.mla_attn.mla_attn.${letter}_scale`));

describe("vllmRemap", () => {
  it.each<[name: string, target: string | null]>([
    [`${A}.attn.k_scale`, `${A}.attn.k_scale`],
    [`${A}.kv_scale`, `${A}.attn.k_scale`],
    ["model.layers.9.self_attn.kv_scale", null],
    [`${A}.k_proj.k_scale`, `${A}.attn.k_scale`],
    [`${A}.k_proj.v_scale`, `${A}.attn.v_scale`],
    [`${A}.qkv_proj.v_scale`, `${A}.attn.v_scale`],
    [`${A}.qkqkv_proj.k_scale`, `${A}.attn.k_scale`],
    [`${MIXER}.v_proj.v_scale`, `${MIXER}.attn.v_scale`],
    [`${A}.q.scale`, `${A}.attn.q_scale`],
    [`${A}.v_cache.scale`, `${A}.attn.v_scale`],
    [`${A}.q_scale`, `${A}.attn.q_scale`],
    [`${A}.k_zero_point`, null],
    [`${MIXER}.q.scale`, `${MIXER}.q.scale`],
    [`${A}.k_proj.output_scale`, `${A}.k_proj.output_scale`],
    [`${A}.prob_scale`, `${A}.prob_scale`],
    [`${A}.k_proj.weight_scale`, `${A}.k_proj.weight_scale`],
  ])("takes %s to %s", (name, target) => expect(vllmRemap(name, ordinary)).toBe(target));

  it.each<[name: string, target: string | null]>([
    [`${A}.k_proj.k_scale`, `${A}.mla_attn.mla_attn.k_scale`],
    [`${A}.mla_attn.mla_attn.v_scale`, `${A}.mla_attn.mla_attn.v_scale`],
    [`${A}.kv_scale`, null],
    [`${A}.k_scale`, null],
    [`${A}.qkv_proj.k_scale`, null],
  ])("takes %s to %s in a latent-attention model", (name, target) => {
    expect(vllmRemap(name, latent)).toBe(target);
  });

  it.each<[edition: RemapEdition, target: string | null]>([
    ["current", `${A}.attn.k_scale`],
    ["legacy", null],
  ])("keeps a parameter's own name in the %s edition or loses it: %s", (edition, target) => {
    expect(vllmRemap(`${A}.attn.k_scale`, ordinary, edition)).toBe(target);
  });
});

describe("vllmMapper", () => {
  it.each<[kind: MapperKind, name: string, target: string]>([
    ["base", `${A}.kv_scale`, `${A}.attn.k_scale`],
    ["base", `${A}.v_proj.k_scale`, `${A}.attn.k_scale`],
    ["base", `${A}.qkv_proj.k_scale`, `${A}.attn.k_scale`],
    ["base", `${A}.qkqkv_proj.v_scale`, `${A}.attn.v_scale`],
    ["base", `${MIXER}.k_proj.k_scale`, `${MIXER}.attn.k_scale`],
    ["base", `${MIXER}.qkv_proj.k_scale`, `${MIXER}.qkv_proj.attn.k_scale`],
    ["base", `${A}.q.scale`, `${A}.attn.q_scale`],
    ["base", `${A}.k_cache.scale`, `${A}.attn.k_scale`],
    ["base", `${A}.attn.k_scale`, `${A}.attn.k_scale`],
    ["base", `${A}.v_zero_point`, `${A}.attn.v_zero_point`],
    ["base", `${A}.k_proj.output_scale`, `${A}.k_proj.output_scale`],
    ["fp8", `${A}.k_proj.output_scale`, `${A}.attn.k_scale`],
    ["quark", `${A}.q_proj.output_scale`, `${A}.attn.q_scale`],
    ["quark", `${A}.prob_output_scale`, `${A}.attn.prob_scale`],
    ["quark", `${MIXER}.prob_output_scale`, `${MIXER}.prob_output_scale`],
    ["fp8", `${A}.o_proj.output_scale`, `${A}.o_proj.output_scale`],
  ])("of %s takes %s to %s", (kind, name, target) => expect(vllmMapper(name, kind)).toBe(target));
});

describe("sglangRemap", () => {
  it.each<[name: string, target: string | null]>([
    [`${A}.kv_scale`, `${A}.attn.k_scale`],
    [`${A}.k_scale`, `${A}.attn.k_scale`],
    [`${A}.k_proj.k_scale`, `${A}.attn.k_scale`],
    [`${MIXER}.v_proj.v_scale`, `${MIXER}.attn.v_scale`],
    [`${A}.k_proj.v_scale`, null],
    [`${A}.qkv_proj.k_scale`, null],
    [`${A}.attn.k_scale`, null],
    [`${A}.q_scale`, `${A}.q_scale`],
    [`${A}.k_cache.scale`, `${A}.k_cache.scale`],
    [`${A}.v_proj.output_scale`, `${A}.attn.v_scale`],
    ["model.layers.9.self_attn.k_proj.output_scale", "model.layers.9.self_attn.attn.k_scale"],
    [`${A}.prob_output_scale`, "model.layers.3..attn.prob_scale"],
  ])("takes %s to %s", (name, target) => expect(sglangRemap(name, ordinary)).toBe(target));
});
