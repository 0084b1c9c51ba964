import { describe, expect, it } from "vitest";
import type { EngineId } from "../../../src/engines/engine.js";
import { ENGINE_IDS } from "../../../src/engines/engines.js";
import { type Platform, readiness } from "../../../src/engines/readiness.js";
import { declared, everyLayer, type InventoryDraft, inventoryOf } from "../../support/inventory.js";
import { AUTOFP8, KV_ONLY, MODELOPT_FP8, PAIR, QUARK, withScheme } from "./situations.js";

/** Configs without scales, and the engines that start an FP8 cache on their word alone. */
const SWITCHES: Readonly<Record<string, readonly [InventoryDraft, readonly EngineId[], Platform?]>> = {
  "a compressed-tensors kv_cache_scheme": [KV_ONLY, ["tgi", "vllm", "sglang", "vllm-legacy"]],
  "the same on MI300": [KV_ONLY, ["vllm", "sglang", "vllm-legacy"], "rocm-fnuz"],
  "a scheme that SGLang skips": [
    withScheme({ type: "float", num_bits: 8, strategy: "tensor", symmetric: true, dynamic: true }),
    ["tgi", "vllm", "vllm-legacy"],
  ],
  "ModelOpt's kv_cache_scheme": [
    MODELOPT_FP8,
    ["vllm", "sglang", "tensorrt-llm", "vllm-legacy", "sglang-legacy"],
  ],
  "AutoFP8's word, which nobody reads": [AUTOFP8, []],
  "Quark's kv_cache_group": [QUARK, []],
  kv_cache_torch_dtype: [{ declarations: [declared("kv_cache_torch_dtype")] }, []],
  "ModelOpt's file beside an AutoFP8 block": [
    { ...AUTOFP8, declarations: [declared("modelopt", { file: "hf_quant_config.json" })] },
    [],
  ],
  "nothing at all": [{}, []],
};

describe("a config that declares an FP8 cache without scales", () => {
  it.each(Object.entries(SWITCHES))("%s", (_, [draft, engines, platform = "cuda"]) => {
    const inventory = inventoryOf(draft);
    const unit = ENGINE_IDS.filter((id) => readiness(id, inventory, { platform }).verdict === "unit");
    expect(unit).toEqual(engines);
  });
});

describe("scales that an engine does not use", () => {
  it.each(["transformers", "lightllm", "lorax"] as const)("never mean an FP8 cache at 1.0 in %s", (id) => {
    for (const draft of [KV_ONLY, MODELOPT_FP8, QUARK, {}]) {
      const told = readiness(id, inventoryOf({ ...draft, tensors: everyLayer("{site}.mystery.k_scale") }));
      expect(told.verdict).not.toBe("unit");
      expect(told.reason).not.toContain("1.0");
      if (told.verdict === "ignores") expect(told.effective).toEqual([]);
    }
  });

  it.each([
    ["tgi-2028", {}],
    ["ksanallm", AUTOFP8],
    ["mistralrs", AUTOFP8],
    ["tensorrt-llm", AUTOFP8],
    ["sglang-legacy", KV_ONLY],
  ] as const)("mean 1.0 in %s when an FP8 cache is asked for, and the reason says so", (id, draft) => {
    const { verdict, reason } = readiness(id, inventoryOf({ ...draft, tensors: PAIR }));
    expect(verdict).toBe("ignores");
    expect(reason).toMatch(
      /does not use the scales: .*; an FP8 cache that is asked for runs at scale 1\.0\.$/,
    );
  });
});
