import { describe, expect, it } from "vitest";
import type { EngineId } from "../../src/engines/engine.js";
import { engineOf } from "../../src/engines/engines.js";
import { readiness } from "../../src/engines/readiness.js";
import type { SidecarFile } from "../../src/inventory/inventory.js";
import { tensorScale } from "../../src/scales/scale.js";
import { spellingOf } from "../../src/scales/spelling-by-id.js";
import { tableOf } from "../../src/scales/table.js";
import { KV_ONLY_BLOCK } from "../support/blocks.js";
import { declared, everyLayer, type InventoryDraft, inventoryOf, llamaPath } from "../support/inventory.js";

/** What each dialect makes of a BF16 base, as far as engines look. */
const DIALECTS: Readonly<Record<string, InventoryDraft>> = {
  "compressed-tensors": {
    method: "compressed-tensors",
    kvOnly: true,
    block: KV_ONLY_BLOCK,
    declarations: [declared("compressed-tensors", { strategy: "tensor" })],
  },
  modelopt: {
    method: "modelopt",
    kvOnly: true,
    quantConfig: { quantization: { quant_algo: null, kv_cache_quant_algo: "FP8" } },
    declarations: [declared("modelopt", { file: "hf_quant_config.json" })],
  },
};

/** The BF16 base with scales, as the engine's own row says that it should be written. */
function merged(id: EngineId, base: InventoryDraft = {}): InventoryDraft {
  const { spelling, shape, dialects, sidecar, sidecarPath } = engineOf(id).emit;
  const dialect = dialects.map((word) => DIALECTS[word]!)[0] ?? {};
  const names = spelling === undefined ? [] : spellingOf(spelling).names;
  const tensors = names.flatMap(({ template, roles }) =>
    roles
      .filter((role) => role === "k" || role === "v" || role === "kv")
      .flatMap((role) => everyLayer(template.replaceAll("{role}", role), { shape })),
  );
  return {
    ...base,
    ...dialect,
    declarations: [...(dialect.declarations ?? []), declared("kv_cache_torch_dtype")],
    files: ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
    tensors: tensors.map((tensor) => ({ ...tensor, file: "model-00002-of-00002.safetensors" })),
    sidecars: sidecar === undefined ? [] : [sidecarFile(sidecar, sidecarPath!)],
  };
}

describe("a merge for an engine, read by that engine", () => {
  it.each<[EngineId, InventoryDraft?]>([
    ["tgi"],
    ["tgi-2028"],
    ["vllm"],
    ["vllm-legacy"],
    ["sglang"],
    ["transformers"],
    ["lightllm"],
    ["ksanallm"],
    ["mistralrs", { geometry: { modelType: "qwen3_5", architectures: ["Qwen3_5ForConditionalGeneration"] } }],
    ["lorax", { method: "fp8", block: { quant_method: "fp8", activation_scheme: "dynamic" } }],
  ])("loads in %s", (id, base) => {
    const told = readiness(id, inventoryOf(merged(id, base)));
    expect(told.reason).toMatch(/all 2 attention layers (on|with) their stored scales/);
    expect(told.verdict).toBe("loads");
    expect(told.effective.map(({ k, v }) => [k, v])).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
  });

  it.each<[EngineId, string]>([
    ["tensorrt-llm", "unit"],
    ["sglang-legacy", "partial"],
    ["lorax", "ignores"],
    ["mistralrs", "ignores"],
  ])("is told honestly for %s: %s", (id, verdict) => {
    expect(readiness(id, inventoryOf(merged(id))).verdict).toBe(verdict);
  });

  it("for vLLM also serves TGI, SGLang and transformers", () => {
    const inventory = inventoryOf(merged("vllm"));
    expect(
      ["tgi", "sglang", "transformers"].map((id) => readiness(id as EngineId, inventory).verdict),
    ).toEqual(["loads", "loads", "loads"]);
  });

  it("has to be stripped for llama.cpp", () => {
    expect(readiness("llama.cpp", inventoryOf(merged("vllm"))).verdict).toBe("refuses");
    expect(readiness("llama.cpp", inventoryOf()).verdict).toBe("ignores");
  });
});

function sidecarFile(form: string, file: string): SidecarFile {
  const entries = [0, 1].map((layer) => ({
    site: { path: llamaPath(layer), layer, kind: "decoder" as const },
    role: "kv" as const,
    scale: tensorScale(0.5),
  }));
  return { file, form, table: tableOf("float8_e4m3fn", entries), facts: { layers: 2 }, losses: [] };
}
