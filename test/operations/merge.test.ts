import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { merge } from "../../src/operations/merge.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { heardIo } from "../checkpoint/scratch.js";
import {
  bitsOf,
  checkpoint,
  filesOf,
  inventoryOf,
  merged,
  scratch,
  tensorsBelow,
  tensorsIn,
  unheard,
  weightsOf,
  writing,
} from "./desk.js";

const BASE = checkpoint("base-indexed");
const FROM = checkpoint("modelopt-fp8");

describe("merge", () => {
  it("adds one shard of scales, and changes the index and the config only", async () => {
    const out = await merged({ base: BASE, from: FROM });
    const [before, after] = [await filesOf(BASE), await filesOf(out)];
    const changed = [...after].filter(([path, hex]) => before.get(path) !== hex).map(([path]) => path);
    expect(changed).toEqual(["config.json", "model-kv-scales.safetensors", "model.safetensors.index.json"]);
    expect([...before.keys()].filter((path) => !after.has(path))).toEqual([]);
  });

  it("says which way round base and source belong, where the base is the one with scales", async () => {
    const swapped = merge({ base: FROM, from: BASE, writing: writing("never") }, unheard);
    const { message, remedy } = await refusalOf(swapped);
    expect(message).toContain("found none, but 6 in the base");
    expect(remedy).toBe(`Base and --from are the wrong way round: put ${FROM} behind --from.`);
  });

  it.each([
    ["autofp8", "calibrated-before-rope"],
    ["modelopt-fp8", undefined],
  ])("passes on what the result of %s can no longer tell of its calibration: %s", async (name, code) => {
    const io = heardIo();
    const dry = writing("never", { dryRun: true });
    await merge({ base: BASE, from: checkpoint(name), writing: dry }, io);
    const told = io.events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
    expect(told).toEqual(code === undefined ? [] : [code]);
  });

  it("gives a lone model.safetensors another name and an index", async () => {
    const base = checkpoint("base-single");
    const [before, after] = [await filesOf(base), await filesOf(await merged({ base, from: FROM }))];
    expect(after.get("model-00001-of-00002.safetensors")).toBe(before.get("model.safetensors"));
    expect([...after.keys()].filter((path) => path.startsWith("model"))).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
      "model.safetensors.index.json",
    ]);
  });

  it.each([
    ["autofp8-kv-scale", ["kv_scale"]],
    ["modelopt-fp8", ["k_scale", "v_scale"]],
    ["llm-compressor", ["k_scale", "v_scale"]],
  ] as const)("without an engine follows the spelling of %s: F32 []", async (name, words) => {
    const out = await merged({ base: BASE, from: checkpoint(name) });
    const held = await tensorsIn(join(out, "model-kv-scales.safetensors"));
    const sites = [0, 1, 2].map((layer) => `model.layers.${layer}.self_attn`);
    expect(new Set(held.keys())).toEqual(
      new Set(sites.flatMap((site) => words.map((word) => `${site}.${word}`))),
    );
    expect(new Set([...held.values()].map(({ dtype, shape }) => `${dtype} [${shape}]`))).toEqual(
      new Set(["F32 []"]),
    );
    const config = JSON.parse(await readFile(join(out, "config.json"), "utf8")) as Record<string, unknown>;
    expect(config["kv_cache_torch_dtype"]).toBe("float8_e4m3fn");
    expect(config).not.toHaveProperty("quantization_config");
  });

  it("says fnuz where the scales are for fnuz, and keeps their bits", async () => {
    const out = await merged({ base: BASE, from: checkpoint("tgi-2028-fnuz") });
    const { table } = await inventoryOf(out);
    expect(table.format).toBe("float8_e4m3fnuz");
    expect(bitsOf(table)).toEqual(bitsOf((await inventoryOf(checkpoint("tgi-2028-fnuz"))).table));
  });

  it("puts all into one file on request, each weight's bytes unchanged", async () => {
    const out = await merged({ base: BASE, from: FROM, singleFile: true });
    const tensors = [...(await filesOf(out)).keys()].filter((path) => /^model[.-]/.test(path));
    expect(tensors).toEqual(["model.safetensors"]);
    const held = await tensorsIn(join(out, "model.safetensors"));
    const weights = await tensorsBelow(BASE);
    expect(new Map([...weights.keys()].map((name) => [name, held.get(name)]))).toEqual(weights);
    expect(held.size).toBe(weights.size + 6);
    expect(bitsOf((await inventoryOf(out)).table)).toEqual(bitsOf((await inventoryOf(FROM)).table));
  });

  it("refuses scales where the base has some, and replaces them under --replace", async () => {
    const base = checkpoint("tgi-2028");
    const out = join(await scratch(), "out");
    const refusal = await refusalOf(merge({ base, from: FROM, writing: writing(out) }, unheard));
    expect([refusal.code, refusal.exit, refusal.remedy]).toEqual([
      "base-has-scales",
      "data",
      expect.stringContaining("--replace"),
    ]);
    await merge({ base, from: FROM, replace: true, writing: writing(out) }, unheard);
    expect(bitsOf((await inventoryOf(out)).table)).toEqual(bitsOf((await inventoryOf(FROM)).table));
    expect(await weightsOf(out)).toEqual(await weightsOf(base));
  });

  it("replaces old scales in the shard that holds nothing else", async () => {
    const first = await merged({ base: BASE, from: FROM });
    const from = checkpoint("llm-compressor");
    const out = await merged({ base: first, from, replace: true });
    expect([...(await filesOf(out)).keys()]).toEqual([...(await filesOf(first)).keys()]);
    expect(bitsOf((await inventoryOf(out)).table)).toEqual(bitsOf((await inventoryOf(from)).table));
  });

  it("puts the same scales in their own place as if nothing had been there", async () => {
    const first = await merged({ base: BASE, from: FROM });
    expect(await filesOf(await merged({ base: first, from: FROM, replace: true }))).toEqual(
      await filesOf(first),
    );
  });

  it("maps modules by layer where a prefix differs, and by --map where that cannot be told", async () => {
    const base = checkpoint("base-multimodal");
    const wanted = [0, 1, 2].map((layer) => `model.language_model.layers.${layer}.self_attn`);
    const derived = await inventoryOf(await merged({ base, from: FROM }));
    expect([...new Set(derived.table.entries.map(({ site }) => site.path))]).toEqual(wanted);
    const renames = [["model.layers", "model.language_model.layers"]] as const;
    const mapped = await inventoryOf(await merged({ base, from: FROM, renames }));
    expect(bitsOf(mapped.table)).toEqual(bitsOf(derived.table));
    const crossed = renamesOf([0, 2, 1]);
    const swapped = bitsOf(
      (await inventoryOf(await merged({ base: BASE, from: FROM, renames: crossed }))).table,
    );
    const straight = bitsOf((await inventoryOf(FROM)).table);
    expect(swapped.get("model.layers.2.self_attn k")).toBe(straight.get("model.layers.1.self_attn k"));
    expect(swapped.get("model.layers.0.self_attn v")).toBe(straight.get("model.layers.0.self_attn v"));
  });
});

function renamesOf(layers: readonly number[]) {
  return layers.map(
    (to, from) => [`model.layers.${from}.self_attn`, `model.layers.${to}.self_attn`] as const,
  );
}
