import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convert } from "../../src/operations/convert.js";
import { inspect } from "../../src/operations/inspect.js";
import { merge } from "../../src/operations/merge.js";
import { strip } from "../../src/operations/strip.js";
import { refusalOf } from "../checkpoint/refusals.js";
import {
  bitsOf,
  checkpoint,
  filesOf,
  inventoryOf,
  merged,
  scratch,
  unheard,
  weightsOf,
  writing,
} from "./desk.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");

describe("inspect of a JSON sidecar alone", () => {
  it("says that the model is missing, not that there are no scales", async () => {
    const ref = join(checkpoint("lightllm-per-tensor"), "kv_cache_calib.json");
    const { scales, readiness } = await inspect({ ref, engine: "lightllm" }, unheard);
    expect(scales.length).toBeGreaterThan(0);
    expect(readiness[0]!.reason).toMatch(/^These are scales alone/);
    const without = await inspect({ ref: checkpoint("base-single"), engine: "lightllm" }, unheard);
    expect(without.readiness[0]!.reason).toMatch(/^There are no KV-cache scales/);
  });
});

describe("merge from and for JSON sidecars", () => {
  it("takes one number a layer from kv_cache_scales.json; ranks that differ count as a loss", async () => {
    const out = join(await scratch(), "out");
    const from = checkpoint("vllm-json-two-ranks");
    const report = await merge({ base: BASE, from, writing: writing(out) }, unheard);
    expect([...new Set(report.losses.map(({ code }) => code))]).toContain("ranks-merged-by-max");
    const scales = JSON.parse(await readFile(join(from, "kv_cache_scales.json"), "utf8")) as {
      kv_cache: { scaling_factor: Record<string, Record<string, number>> };
    };
    const ranks = Object.values(scales.kv_cache.scaling_factor);
    const wanted = [0, 1, 2].map((layer) => Math.fround(Math.max(...ranks.map((rank) => rank[layer]!))));
    expect((await inventoryOf(out)).table.entries.map(({ role, scale }) => [role, scale.values])).toEqual(
      wanted.map((value) => ["kv", [value]]),
    );
  });

  it.each(["lightllm-per-tensor", "lightllm-per-head"])("takes k and v from %s", async (name) => {
    const { table } = await inventoryOf(await merged({ base: BASE, from: checkpoint(name), engine: "vllm" }));
    const source = (await inventoryOf(checkpoint(name))).table;
    expect(table.entries.map(({ role, scale }) => [role, scale.values])).toEqual(
      source.entries.map(({ role, scale }) => [role, scale.values.map(Math.fround)]),
    );
  });

  it("writes LightLLM's file and keeps the bits", async () => {
    const out = await merged({ base: BASE, from: FROM, engine: "lightllm" });
    expect((await filesOf(out)).has("kv_cache_calib.json")).toBe(true);
    const { sidecars } = await inventoryOf(out);
    expect(bitsOf(sidecars[0]!.table)).toEqual(bitsOf((await inventoryOf(FROM)).table));
    expect(await weightsOf(out)).toEqual(await weightsOf(BASE));
  });

  it("writes kv_cache_scales.json for as many ranks as asked, with the target's model type", async () => {
    const out = await merged({ base: BASE, from: FROM, engine: "ksanallm", ranks: 4 });
    const sidecar = JSON.parse(await readFile(join(out, "kv_cache_scales.json"), "utf8")) as {
      model_type: string;
      kv_cache: { scaling_factor: Record<string, object> };
    };
    expect(sidecar.model_type).toBe("llama");
    expect(Object.keys(sidecar.kv_cache.scaling_factor)).toEqual(["0", "1", "2", "3"]);
    expect(await weightsOf(out)).toEqual(await weightsOf(BASE));
  });

  it("strips a sidecar again, and takes scales out of the shard that has others", async () => {
    const both = await merged({ base: BASE, from: FROM, engine: "sglang-legacy" });
    const out = join(await scratch(), "stripped");
    await strip({ ref: both, writing: writing(out) }, unheard);
    expect(await filesOf(out)).toEqual(await filesOf(BASE));
  });

  it("refuses a base with a JSON file of scales, and leaves none out of date under --replace", async () => {
    const [base, out] = [checkpoint("ksanallm"), join(await scratch(), "out")];
    const refusal = await refusalOf(merge({ base, from: FROM, writing: writing(out) }, unheard));
    expect([refusal.code, refusal.subject.file]).toEqual(["base-has-scales", base]);
    expect(refusal.message).toContain("scales in kv_cache_scales.json");
    const tensors = await inventoryOf(await merged({ base, from: FROM, replace: true }));
    expect([tensors.sidecars, tensors.table.entries.length]).toEqual([[], 6]);
    const other = await inventoryOf(await merged({ base, from: FROM, replace: true, engine: "lightllm" }));
    expect(other.sidecars.map(({ file }) => file)).toEqual(["kv_cache_calib.json"]);
    const same = await inventoryOf(await merged({ base, from: FROM, replace: true, engine: "ksanallm" }));
    expect(same.sidecars.map(({ file }) => file)).toEqual(["kv_cache_scales.json"]);
  });

  it("converts JSON to tensors and back; the other form leaves each time", async () => {
    const folder = await scratch();
    const [there, back] = [join(folder, "there"), join(folder, "back")];
    await convert({ ref: checkpoint("ksanallm"), engine: "tgi", writing: writing(there) }, unheard);
    const tensors = await inventoryOf(there);
    expect([tensors.sidecars, tensors.evidence.length]).toEqual([[], 6]);
    await convert({ ref: there, engine: "ksanallm", writing: writing(back) }, unheard);
    const json = await inventoryOf(back);
    expect([json.sidecars.length, json.evidence]).toEqual([1, []]);
    expect(bitsOf(json.table)).toEqual(bitsOf((await inventoryOf(checkpoint("ksanallm"))).table));
  });
});
