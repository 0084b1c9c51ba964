import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../fixtures/generate.js";
import { ENGINES, type EngineId } from "../../src/engines/engines.js";
import { type MergeInput, merge } from "../../src/operations/merge.js";
import { strip } from "../../src/operations/strip.js";
import { type HeardIo, heardIo } from "../checkpoint/scratch.js";
import {
  checkpoint,
  DATA,
  filesOf,
  inventoryOf,
  merged,
  scratch,
  tensorsBelow,
  unheard,
  withoutData,
  writing,
} from "./desk.js";

/** Every way to merge: following the source, and for each engine that takes scales. */
const WAYS: readonly (EngineId | undefined)[] = [
  undefined,
  ...ENGINES.filter(({ emit }) => emit.strip !== true).map(({ id }) => id),
];

/** Bases by how their tensors lie in files, and scales for them. */
const JOBS: readonly (readonly [base: string, from: string, renames?: MergeInput["renames"]])[] = [
  ["base-single", "modelopt-fp8"],
  ["base-single", "tgi-2028"],
  ["base-indexed", "modelopt-fp8"],
  ["base-indexed", "llm-compressor-heads"],
  ["base-indexed", "vllm-json-two-ranks"],
  ["base-multimodal", "autofp8", [["model.layers", "model.language_model.layers"]]],
];

describe("strip(merge(x)) = x", () => {
  it.each(JOBS.flatMap(([base, from, renames]) => WAYS.map((engine) => ({ base, from, engine, renames }))))(
    "$base with the scales of $from, engine $engine",
    async ({ base, from, engine, renames }) => {
      await expectInverse({
        base: checkpoint(base),
        from: checkpoint(from),
        ...(engine && { engine }),
        ...(renames && { renames }),
      });
    },
  );

  it("for consolidated.safetensors, as Mistral calls it", async () => {
    const base = join(await scratch(), "base");
    await strip({ ref: checkpoint("mistral"), writing: writing(base) }, unheard);
    await cp(join(checkpoint("base-single"), "config.json"), join(base, "config.json"));
    await expectInverse({ base, from: checkpoint("mistral") });
    const names = [...(await filesOf(await merged({ base, from: checkpoint("mistral") }))).keys()];
    expect(names.filter((path) => path.includes("safetensors"))).toEqual([
      "consolidated-00001-of-00002.safetensors",
      "consolidated-00002-of-00002.safetensors",
      "consolidated.safetensors.index.json",
    ]);
    const whole = await merged({ base, from: checkpoint("mistral"), singleFile: true });
    expect([...(await filesOf(whole)).keys()]).toEqual([...(await filesOf(base)).keys()]);
  });

  it("for a base with a shard of another name beside the index", async () => {
    const base = join(await scratch(), "base");
    await cp(checkpoint("base-indexed"), base, { recursive: true });
    await cp(join(checkpoint("base-single"), "model.safetensors"), join(base, "adapter.safetensors"));
    await expectInverse({ base, from: checkpoint("modelopt-fp8") });
  });
});

describe.skipIf(withoutData)("the real checkpoints (skipped where ../shared/data is not there)", () => {
  const real = (name: string) => join(DATA, "checkpoints", name);

  it.each(WAYS)("strip(merge(tiny-llama)) = tiny-llama, engine %s", async (engine) => {
    await expectInverse({
      base: real("tiny-llama"),
      from: real("tiny-llama.modelopt-fp8"),
      ...(engine && { engine }),
    });
  });

  it("strip(merge(rand-qwen3)) = rand-qwen3, four shards", async () => {
    const { geometry, sites } = await inventoryOf(real("rand-qwen3"));
    expect(sites.length).toBe(geometry.layers);
    const scale = { 0: Object.fromEntries(sites.map(({ layer }) => [layer, 0.02 + layer / 1000])) };
    const from = join(await scratch(), "kv_cache_scales.json");
    const kv_cache = { dtype: "float8_e4m3fn", scaling_factor: scale };
    await writeFile(from, JSON.stringify({ model_type: "qwen3", kv_cache }));
    await expectInverse({ base: real("rand-qwen3"), from });
    await expectInverse({ base: real("rand-qwen3"), from, engine: "vllm" });
  });
});

describe("strip", () => {
  it.each(Object.keys(CHECKPOINTS).filter((name) => !SIDECAR_ALONE.includes(name)))(
    "leaves no scale, no companion and no declaration in %s, and every other tensor",
    async (name) => {
      const out = join(await scratch(), "stripped");
      await strip({ ref: checkpoint(name), writing: writing(out) }, unheard);
      const [before, after] = [await inventoryOf(checkpoint(name)), await inventoryOf(out)];
      expect(
        after.evidence.filter(({ reading }) => reading.as === "scale" || reading.as === "companion"),
      ).toEqual([]);
      expect([after.table.entries, after.sidecars]).toEqual([[], []]);
      expect(after.declarations.filter(({ cache }) => cache !== "none")).toEqual([]);
      const scales = before.evidence.filter(
        ({ reading }) => reading.as === "scale" || reading.as === "companion",
      );
      const left = await tensorsBelow(checkpoint(name));
      for (const { name: scale } of scales) left.delete(scale);
      expect(await tensorsBelow(out)).toEqual(left);
    },
  );

  it("changes nothing in a checkpoint without scales", async () => {
    const out = join(await scratch(), "stripped");
    const io = heardIo();
    const report = await strip({ ref: checkpoint("base-indexed"), writing: writing(out) }, io);
    expect(notesOf(io)).toEqual([expect.stringMatching(/^nothing to strip/)]);
    expect(report.steps.filter(({ step }) => step !== "keep")).toEqual([]);
    expect(await filesOf(out)).toEqual(await filesOf(checkpoint("base-indexed")));
  });
});

describe("what strip tells", () => {
  it("is what leaves, and nothing of a config that only says that the cache is 16-bit", async () => {
    const out = join(await scratch(), "stripped");
    const io = heardIo();
    await strip({ ref: checkpoint("modelopt-fp8"), writing: writing(out) }, io);
    await strip({ ref: out, writing: writing(`${out}-again`) }, io);
    expect(notesOf(io)).toEqual([
      "stripping 6 tensors, 0 JSON files and 2 declarations",
      expect.stringMatching(/^nothing to strip/),
    ]);
  });
});

function notesOf({ events }: HeardIo): string[] {
  return events.flatMap((event) => (event.type === "note" ? [event.message] : []));
}

/** Files of scales without a model around them. */
const SIDECAR_ALONE = ["vllm-json-two-ranks", "lightllm-per-head", "lightllm-per-tensor"];

async function expectInverse(input: Omit<MergeInput, "writing">): Promise<void> {
  const folder = await scratch();
  const [full, out] = [join(folder, "merged"), join(folder, "stripped")];
  await merge({ ...input, writing: writing(full) }, unheard);
  expect((await inventoryOf(full)).table.entries.length).toBeGreaterThan(0);
  expect(await filesOf(full)).not.toEqual(await filesOf(input.base));
  await strip({ ref: full, writing: writing(out) }, unheard);
  expect(await filesOf(out)).toEqual(await filesOf(input.base));
}
