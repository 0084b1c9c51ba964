import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type MergeInput, merge } from "../../src/operations/merge.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { checkpoint, filesOf, hostile, merged, scratch, unheard, untouched, writing } from "./desk.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");

describe("merge", () => {
  it.each<[string, string, string, Partial<MergeInput>]>([
    ["the layers differ", "layers-differ", "data", { from: hostile("scales-undeclared") }],
    [
      "a mapping's target is not there",
      "map-target-missing",
      "usage",
      { renames: [["model.layers.0.self_attn", "nowhere"]] },
    ],
    [
      "a mapping's source is not there",
      "map-source-missing",
      "usage",
      { renames: [["nowhere", "model.layers.0.self_attn"]] },
    ],
    [
      "the base has no config",
      "config-missing",
      "data",
      { base: `${checkpoint("base-single")}/model.safetensors` },
    ],
    ["the scales have none", "no-scales", "data", { from: checkpoint("base-single") }],
    [
      "base and source are swapped",
      "no-scales",
      "data",
      { base: checkpoint("modelopt-fp8"), from: checkpoint("base-single") },
    ],
    ["the engine reads none", "engine-takes-no-scales", "usage", { engine: "llama.cpp" }],
    ["half of the scales are missing", "half-pair", "data", { from: hostile("scales-half") }],
    ["the output is an input", "target-overlaps-input", "usage", { writing: writing(FROM, { force: true }) }],
    [
      "losses are refused",
      "lossy",
      "verdict",
      { engine: "tgi-2028", writing: writing("never", { strict: true }) },
    ],
  ])("refuses when %s", async (_why, code, exit, input) => {
    const out = join(await scratch(), "out");
    await untouched([BASE, FROM], async () => {
      const refusal = await refusalOf(
        merge({ base: BASE, from: FROM, writing: writing(out), ...input }, unheard),
      );
      expect([refusal.code, refusal.exit]).toEqual([code, exit]);
    });
    expect(await filesOf(join(out, ".."))).toEqual(new Map());
  });

  it("refuses scales of a model with other heads", async () => {
    const from = join(await scratch(), "other");
    await cp(FROM, from, { recursive: true });
    const config = await readFile(join(from, "config.json"), "utf8");
    await writeFile(
      join(from, "config.json"),
      config.replace('"num_key_value_heads": 2', '"num_key_value_heads": 4'),
    );
    const refusal = await refusalOf(merge({ base: BASE, from, writing: writing("never") }, unheard));
    expect(refusal.code).toBe("other-model");
    expect(refusal.message).toMatch(/number of KV heads of .*base-indexed: 2, found 4/);
  });

  it("refuses an existing output without force, and replaces it whole with it", async () => {
    const out = await merged({ base: checkpoint("base-single"), from: FROM });
    await writeFile(join(out, "old.txt"), "old");
    const before = await filesOf(out);
    const refusal = await refusalOf(merge({ base: BASE, from: FROM, writing: writing(out) }, unheard));
    expect([refusal.code, refusal.exit]).toEqual(["target-exists", "usage"]);
    expect(await filesOf(out)).toEqual(before);
    await merge({ base: BASE, from: FROM, writing: writing(out, { force: true }) }, unheard);
    expect(await filesOf(out)).toEqual(await filesOf(await merged({ base: BASE, from: FROM })));
  });

  it("writes nothing in a dry run, and foresees the result", async () => {
    const folder = await scratch();
    const out = join(folder, "out");
    const input = { base: BASE, from: FROM, engine: "vllm" } as const;
    const dry = await merge({ ...input, writing: writing(out, { dryRun: true }) }, unheard);
    expect(await filesOf(folder)).toEqual(new Map());
    const wet = await merge({ ...input, writing: writing(out) }, unheard);
    expect([dry.written, wet.written]).toEqual([false, true]);
    expect({ ...dry, written: true }).toEqual(wet);
    expect(wet.result.readiness.map(({ engine, verdict }) => [engine, verdict])).toEqual([["vllm", "loads"]]);
  });

  it.each(["copy", "hardlink", "symlink", "auto"] as const)("gives the same bytes by %s", async (link) => {
    const out = join(await scratch(), "out");
    await merge({ base: BASE, from: FROM, writing: writing(out, { link }) }, unheard);
    expect(await filesOf(out)).toEqual(await filesOf(await merged({ base: BASE, from: FROM })));
  });

  it("leaves both inputs as they were", async () => {
    await untouched([BASE, FROM], () => merged({ base: BASE, from: FROM, engine: "tensorrt-llm" }));
    await untouched([BASE, FROM], () => merged({ base: BASE, from: FROM, singleFile: true }));
  });
});
