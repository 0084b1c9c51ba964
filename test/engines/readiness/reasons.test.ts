import { describe, expect, it } from "vitest";
import { engineOf } from "../../../src/engines/engines.js";
import { readiness } from "../../../src/engines/readiness.js";
import { everyLayer, inventoryOf } from "../../support/inventory.js";
import { KV_ONLY, PAIR } from "./situations.js";

describe("reasons", () => {
  it("name what most tensors suffer from, not what stands first", () => {
    const draft = { name: "mtp.layers.0.self_attn.k_scale" };
    const tensors = [draft, ...everyLayer("{site}.qkv_proj.k_scale")];
    const { reason } = readiness("sglang", inventoryOf({ ...KV_ONLY, tensors }));
    expect(reason).toMatch(
      /its name mapping leads to no parameter of the model \(.*qkv_proj\.k_scale and 1 more\)/,
    );
  });

  it("list hidden scales, and nothing else of a shard that is not opened", () => {
    const file = "stale.safetensors";
    const tensors = [...PAIR, ...everyLayer("{site}.k_zero_point")].map((tensor) => ({ ...tensor, file }));
    const files = ["model.safetensors", file];
    const { unread } = readiness("vllm", inventoryOf({ ...KV_ONLY, files, unindexed: [file], tensors }));
    expect(unread.flatMap(({ names }) => names)).toEqual(PAIR.map(({ name }) => name));
  });

  it("speak of the tensor, not of the engine, where a tensor is no FP8 scale", () => {
    const tensors = everyLayer("{site}.k_proj.kv_cache_scale");
    const { reason } = readiness("tgi", inventoryOf({ tensors }));
    expect(reason).toMatch(/such a tensor is never read: it is a scale or an offset of an INT8 cache/);
  });

  it("say that transformers loads scales, since it has no FP8 cache to run on them", () => {
    const { reason } = readiness("transformers", inventoryOf({ ...KV_ONLY, tensors: PAIR }));
    expect(reason).toMatch(/^transformers loads all 2 attention layers with their .* cache stays 16-bit\.$/);
  });

  it("say that a converter stops, since it is no server to start", () => {
    const { reason } = readiness("llama.cpp", inventoryOf({ tensors: PAIR }));
    expect(reason).toMatch(/^llama\.cpp's converter stops: it cannot map/);
    expect(engineOf("llama.cpp").launch).toBeUndefined();
  });

  it("count layers: all of them, or some of how many", () => {
    const half = PAIR.filter(({ name }) => !name.includes(".0.self_attn.v_scale"));
    const told = (tensors: typeof PAIR) => readiness("vllm", inventoryOf({ ...KV_ONLY, tensors })).reason;
    expect(told(half)).toContain("runs 1 of 2 attention layers on other values: v_scale is missing");
    expect(told(everyLayer("{site}.k_scale"))).toContain("runs all 2 attention layers on other values");
  });
});
