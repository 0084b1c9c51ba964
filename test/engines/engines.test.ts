import { describe, expect, it } from "vitest";
import type { Engine, EngineId } from "../../src/engines/engine.js";
import { ENGINE_IDS, ENGINES, engineOf, isEngineId } from "../../src/engines/engines.js";
import { FAMILIES } from "../../src/engines/families.js";
import { isRefusal } from "../../src/errors.js";
import { SIDECARS } from "../../src/scales/sidecars/sidecars.js";
import { SPELLINGS, WRITABLE } from "../../src/scales/spellings.js";

describe("the table of engines", () => {
  it("has the thirteen of the design, each once", () => {
    expect([...ENGINE_IDS].sort()).toEqual([
      "ksanallm",
      "lightllm",
      "llama.cpp",
      "lorax",
      "mistralrs",
      "sglang",
      "sglang-legacy",
      "tensorrt-llm",
      "tgi",
      "tgi-2028",
      "transformers",
      "vllm",
      "vllm-legacy",
    ]);
  });

  it.each(ENGINES)("$id names its sources, and limits with theirs", ({ sources, limits }) => {
    expect(sources.length).toBeGreaterThan(0);
    for (const text of [...sources, ...limits.map((limit) => limit.source)])
      expect(text).toMatch(/@[0-9a-f]{7}|pull\/\d+|issues\/\d+|, run$|linear\.py/);
  });

  it.each(ENGINES)("$id accepts spellings and sidecars that exist", ({ accepts }) => {
    const known = [...SPELLINGS, ...SIDECARS].map((row) => row.id);
    expect(accepts.filter((id) => !known.includes(id))).toEqual([]);
  });

  it.each(ENGINES)("$id is written in a way that it reads", ({ accepts, emit }) => {
    if (emit.spelling !== undefined) {
      expect(WRITABLE).toContain(emit.spelling);
      expect(accepts).toContain(emit.spelling);
    }
    if (emit.sidecar !== undefined) expect(SIDECARS.map((row) => row.id)).toContain(emit.sidecar);
    expect(emit.sidecar === undefined).toBe(emit.sidecarPath === undefined);
    expect(Boolean(emit.spelling) || Boolean(emit.sidecar) || emit.strip === true).toBe(true);
  });

  it.each(ENGINES.filter(({ launch }) => launch !== undefined && !launch.includes(".yaml")))(
    "$id is started with the checkpoint's name",
    ({ launch }) => expect(launch).toContain("DIR"),
  );

  it("is looked up by id, and says which ids there are", () => {
    expect(engineOf("vllm").title).toBe("vLLM");
    expect([isEngineId("tgi"), isEngineId("tg")]).toEqual([true, false]);
    expect(() => engineOf("__proto__")).toThrow(/an engine among tgi, vllm/);
    expect(refusalOf(() => engineOf("tg"))).toBe("unknown-engine");
  });
});

describe("what is written for each engine", () => {
  it.each<[EngineId, Partial<Engine["emit"]>]>([
    ["tgi", { spelling: "k_scale", shape: [], dialects: [] }],
    ["tgi-2028", { spelling: "kv_scale", shape: [], dialects: [] }],
    ["vllm", { spelling: "k_scale", dialects: ["compressed-tensors"] }],
    ["vllm-legacy", { spelling: "k_scale", dialects: ["compressed-tensors"] }],
    ["sglang", { spelling: "k_scale", dialects: ["compressed-tensors"] }],
    ["transformers", { spelling: "k_scale", dialects: ["compressed-tensors"] }],
    ["tensorrt-llm", { spelling: "modelopt", dialects: ["modelopt"] }],
    ["mistralrs", { spelling: "k_scale", dialects: [] }],
    ["lorax", { spelling: "k_scale", dialects: [] }],
    ["lightllm", { sidecar: "lightllm", dialects: [] }],
    ["ksanallm", { sidecar: "kv-cache-scales", sidecarPath: "kv_cache_scales.json" }],
    ["llama.cpp", { strip: true, dialects: [] }],
  ])("%s", (id, emit) => expect(engineOf(id).emit).toMatchObject(emit));
});

describe("model families", () => {
  it.each(FAMILIES)("$why: names engines, models and a source", ({ engines, models, source }) => {
    expect(engines.every(isEngineId)).toBe(true);
    expect(models.length).toBeGreaterThan(0);
    expect(source).toMatch(/@[0-9a-f]{7}|issues\/\d+|pull\/\d+/);
  });
});

function refusalOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return isRefusal(error) ? error.code : "bug";
  }
}
