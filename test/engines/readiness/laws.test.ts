import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENGINE_IDS } from "../../../src/engines/engines.js";
import { readiness } from "../../../src/engines/readiness.js";
import { everyLayer, type InventoryDraft, inventoryOf, type TensorDraft } from "../../support/inventory.js";
import { AUTOFP8, KV_ONLY, MODELOPT_FP8, PER_HEAD, QUARK } from "./situations.js";

const TEMPLATES = [
  ...["{site}.k_scale", "{site}.v_scale", "{site}.q_scale", "{site}.kv_scale", "{site}.k_zero_point"],
  ...["{site}.k_proj.k_scale", "{site}.v_proj.v_scale", "{site}.k_proj.k_bias", "{site}.k_proj.output_scale"],
  ...[
    "{site}.qkv_proj.k_scale",
    "{site}.attn.k_scale",
    "{site}.k_cache.scale",
    "{site}.k_proj.kv_cache_scale",
  ],
  ...["{site}.mla_attn.mla_attn.k_scale", "{site}.prob_output_scale", "{site}.k_fake_quantizer.qscale_act"],
];

const value = fc.constantFrom(0.5, 0.25, 1, 0, -1, Number.NaN, Number.POSITIVE_INFINITY);
const file = fc.constantFrom("model.safetensors", "extra.safetensors", "kv_args.safetensors");
const tensors: fc.Arbitrary<TensorDraft[]> = fc
  .uniqueArray(
    fc.record({
      template: fc.constantFrom(...TEMPLATES),
      values: fc.array(value, { minLength: 1, maxLength: 2 }),
      file,
    }),
    {
      maxLength: 5,
      selector: ({ template }) => template,
    },
  )
  .map((drafts) => drafts.flatMap(({ template, ...rest }) => everyLayer(template, rest)));
const draft: fc.Arbitrary<InventoryDraft> = fc
  .record({
    base: fc.constantFrom<InventoryDraft>({}, KV_ONLY, PER_HEAD, AUTOFP8, MODELOPT_FP8, QUARK, {
      method: "awq",
    }),
    tensors,
    modelType: fc.constantFrom("llama", "qwen3_5", "mixtral", "gpt_oss"),
    unindexed: fc.subarray(["extra.safetensors", "kv_args.safetensors"]),
    latent: fc.boolean(),
  })
  .map(({ base, modelType, latent, ...rest }) => ({
    ...base,
    ...rest,
    label: "a dir\u001b[31m",
    files: ["model.safetensors", "extra.safetensors", "kv_args.safetensors"],
    geometry: { modelType, architectures: [] },
    ...(latent ? { projections: ["kv_b_proj"] } : {}),
  }));
const engine = fc.constantFrom(...ENGINE_IDS);
const platform = fc.constantFrom("cuda", "rocm-fnuz", "rocm-ocp", "cpu" as const);

describe("readiness of any checkpoint", () => {
  it("keeps its word: verdict, effective values, launch and unread names agree", () => {
    fc.assert(
      fc.property(engine, draft, platform, (id, parts, where) => {
        const inventory = inventoryOf(parts);
        const told = readiness(id, inventory, { platform: where });
        expect(told.engine).toBe(id);
        expect(told.reason).toMatch(/^\S.*\.$/s);
        if (told.verdict === "refuses") expect(told.effective).toEqual([]);
        if (told.verdict === "loads") expect(told.remedies).toEqual([]);
        if (told.verdict === "unit" || told.verdict === "ignores") {
          expect(told.launch).toBeUndefined();
          expect(told.effective.every(({ k, v }) => k === 1 && v === 1)).toBe(true);
        }
        const names = new Set(inventory.evidence.map(({ name }) => name));
        expect(told.unread.flatMap((group) => group.names).filter((name) => !names.has(name))).toEqual([]);
      }),
      { numRuns: 1500 },
    );
  });

  it("prints no control character", () => {
    fc.assert(
      fc.property(engine, draft, (id, parts) => {
        const { unread, ...printed } = readiness(id, inventoryOf(parts));
        expect(JSON.stringify(printed)).not.toMatch(/\\u00[01]|\\u007f/);
      }),
      { numRuns: 500 },
    );
  });

  it("gives every layer of a loading checkpoint finite positive scales", () => {
    fc.assert(
      fc.property(engine, draft, platform, (id, parts, where) => {
        const told = readiness(id, inventoryOf(parts), { platform: where });
        if (told.verdict !== "loads") return;
        for (const { k, v } of told.effective)
          for (const one of [k, v].flat())
            if (one !== undefined) expect(one > 0 && Number.isFinite(one)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});
