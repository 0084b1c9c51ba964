import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../fixtures/generate.js";
import { type ExtractInput, extract } from "../../src/operations/extract.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { bitsOf, checkpoint, extractTo, inventoryOf, tensorsIn, unheard } from "./desk.js";

describe("extract", () => {
  const withTensors = Object.keys(CHECKPOINTS).filter((name) => !NO_TENSOR_SCALES.includes(name));

  it.each(withTensors)(
    "copies the scales of %s as they are: names, dtypes, shapes and bits",
    async (name) => {
      const { out } = await extractTo("scales.safetensors", { ref: checkpoint(name) });
      const found = (await inventoryOf(checkpoint(name))).table.entries.map((entry) => entry.found!);
      const wanted = await Promise.all(
        found.map(async (place) => {
          const tensors = await tensorsIn(join(checkpoint(name), place.file));
          return [place.name, tensors.get(place.name)] as const;
        }),
      );
      expect(found.length).toBeGreaterThan(0);
      expect(await tensorsIn(out)).toEqual(new Map(wanted));
    },
  );

  it("keeps which FP8 the scales are for", async () => {
    const { out } = await extractTo("fnuz.safetensors", { ref: checkpoint("tgi-2028-fnuz") });
    const { table } = await inventoryOf(out);
    expect(table.format).toBe("float8_e4m3fnuz");
    expect(bitsOf(table)).toEqual(bitsOf((await inventoryOf(checkpoint("tgi-2028-fnuz"))).table));
  });

  it("only tells the table where no file is named", async () => {
    const report = await extract({ ref: checkpoint("modelopt-fp8") }, unheard);
    expect(report.out).toBeNull();
    expect(report.scales.map(({ site, role, dtype }) => `${site} ${role} ${dtype}`)).toEqual(
      [0, 1, 2].flatMap((layer) => ["k", "v"].map((role) => `model.layers.${layer}.self_attn ${role} F32`)),
    );
  });

  it("respells for an engine", async () => {
    const { out } = await extractTo("trt.safetensors", {
      ref: checkpoint("autofp8"),
      engine: "tensorrt-llm",
    });
    expect([...(await tensorsIn(out)).keys()][0]).toBe("model.layers.0.self_attn.k_proj.k_scale");
    expect(bitsOf((await inventoryOf(out)).table)).toEqual(
      bitsOf((await inventoryOf(checkpoint("autofp8"))).table),
    );
  });

  it("writes the larger of k and v into a JSON file, and says so", async () => {
    const { out, report } = await extractTo("kv_cache_scales.json", { ref: checkpoint("autofp8"), ranks: 2 });
    expect(new Set(report.losses.map(({ code }) => code))).toEqual(new Set(["fused-by-max"]));
    const wanted = report.scales.flatMap(({ role, values }, at, all) =>
      role === "k" ? [Math.max(values[0]!, all[at + 1]!.values[0]!)] : [],
    );
    const { kv_cache } = JSON.parse(readFileSync(out, "utf8")) as { kv_cache: { scaling_factor: object } };
    expect(kv_cache.scaling_factor).toEqual({ 0: { ...wanted }, 1: { ...wanted } });
  });

  it("takes the model's facts for a JSON file from --like", async () => {
    const { out } = await extractTo("calib.json", {
      ref: checkpoint("vllm-json-two-ranks"),
      form: "lightllm",
      like: checkpoint("base-single"),
    });
    expect((await inventoryOf(out)).sidecars[0]?.form).toBe("lightllm");
  });

  it.each<[why: string, code: string, input: ExtractInput]>([
    ["there are no scales", "no-scales", { ref: checkpoint("base-single") }],
    [
      "the ending says nothing",
      "unknown-output-form",
      { ref: checkpoint("autofp8"), out: "nowhere/scales.bin" },
    ],
    [
      "something would be lost under strict",
      "lossy",
      { ref: checkpoint("autofp8"), out: "nowhere/scales.json", strict: true },
    ],
    [
      "the engine takes no scales",
      "engine-takes-no-scales",
      { ref: checkpoint("autofp8"), out: "nowhere/s.safetensors", engine: "llama.cpp" },
    ],
    [
      "nothing tells how many layers there are",
      "layers-unknown",
      { ref: checkpoint("vllm-json-two-ranks"), out: "nowhere/scales.json" },
    ],
  ])("refuses when %s", async (_why, code, input) => {
    expect((await refusalOf(extract(input, unheard))).code).toBe(code);
  });
});

/** Fixtures without scales, and those whose scales are JSON. */
const NO_TENSOR_SCALES = [
  ..."base-single base-indexed base-multimodal ascend".split(" "),
  ..."ksanallm vllm-json-two-ranks lightllm-per-head lightllm-per-tensor".split(" "),
];
