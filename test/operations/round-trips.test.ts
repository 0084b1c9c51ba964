import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ENGINES, type EngineId } from "../../src/engines/engines.js";
import { merge } from "../../src/operations/merge.js";
import {
  bitsOf,
  checkpoint,
  DATA,
  extractTo,
  inventoryOf,
  scratch,
  tensorsIn,
  unheard,
  withoutData,
  writing,
} from "./desk.js";

/** Engines that read one scale for keys and one for values; SGLang's older loader wants a JSON file, one number a layer, besides. */
const KEEP_PAIRS: readonly EngineId[] = [
  "tgi",
  "vllm",
  "vllm-legacy",
  "sglang",
  "sglang-legacy",
  "tensorrt-llm",
  "transformers",
  "lightllm",
  "mistralrs",
  "lorax",
];

/** Checkpoints whose scales are pairs, one number a layer. */
const PAIRS = ["autofp8", "llm-compressor", "modelopt-fp8", "modelopt-kv-only", "gpt2"];

describe("extract, merge, extract", () => {
  const jobs = PAIRS.flatMap((name) => KEEP_PAIRS.map((engine) => [name, engine] as const));

  it("is tried for every engine that reads pairs", () => {
    const others = ENGINES.map(({ id }) => id).filter((id) => !KEEP_PAIRS.includes(id));
    expect(others).toEqual(["ksanallm", "llama.cpp", "tgi-2028"]);
  });

  it.each(jobs)("carries the bits of %s over to %s", async (name, engine) => {
    const base = name === "gpt2" ? await stripped("gpt2") : checkpoint("base-indexed");
    expect(await carried(checkpoint(name), base, engine)).toEqual(
      bitsOf((await inventoryOf(checkpoint(name))).table),
    );
  });

  it.each([undefined, "tgi-2028"] as const)("carries a single kv_scale over (engine: %s)", async (engine) => {
    const before = bitsOf((await inventoryOf(checkpoint("tgi-2028"))).table);
    expect(await carried(checkpoint("tgi-2028"), checkpoint("base-single"), engine)).toEqual(before);
  });
});

describe.skipIf(withoutData)("the real checkpoints (skipped where ../shared/data is not there)", () => {
  const base = join(DATA, "checkpoints/tiny-llama");

  it.each(Object.keys(golden()))("%s: extract gives the known bits", async (name) => {
    const { out, report } = await extractTo("scales.safetensors", { ref: join(DATA, "checkpoints", name) });
    const wanted = Object.entries(golden()[name]!);
    expect(wanted.length).toBe(8);
    expect(new Set(report.scales.map((row) => row.name))).toEqual(new Set(wanted.map(([key]) => key)));
    const held = await tensorsIn(out);
    const { table } = await inventoryOf(join(DATA, "checkpoints", name));
    for (const [key, { dtype, shape, float32, file }] of wanted) {
      const row = report.scales.find((candidate) => candidate.name === key)!;
      expect([row.file, row.shape, DTYPES[row.dtype!]]).toEqual([file, shape, dtype]);
      expect(held.get(key)?.shape).toEqual(shape);
      expect(bitsOf(table).get(`${row.site} ${row.role}`)).toBe(hexOf(float32));
      const narrow = dtype === "bfloat16" ? hexOf(float32).slice(4) : hexOf(float32);
      expect(held.get(key)?.hex).toBe(narrow);
    }
  });

  it.each(Object.keys(golden()).flatMap((name) => KEEP_PAIRS.map((engine) => [name, engine] as const)))(
    "%s: the bits reach %s",
    async (name, engine) => {
      const ref = join(DATA, "checkpoints", name);
      expect(await carried(ref, base, engine)).toEqual(bitsOf((await inventoryOf(ref)).table));
    },
  );
});

const DTYPES: Record<string, string> = { F32: "float32", BF16: "bfloat16" };

interface Golden {
  readonly file: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly float32: readonly number[];
}

function golden(): Record<string, Record<string, Golden>> {
  if (withoutData) return {};
  return JSON.parse(readFileSync(join(DATA, "golden/expected-scales.json"), "utf8")) as Record<
    string,
    Record<string, Golden>
  >;
}

function hexOf(values: readonly number[]): string {
  return Buffer.from(Float32Array.from(values).buffer).toString("hex");
}

/** The bits after extract to a file, merge of that file, and reading the result. */
async function carried(ref: string, base: string, engine: EngineId | undefined) {
  const { out: from } = await extractTo("scales.safetensors", { ref });
  const out = join(await scratch(), "merged");
  const report = await merge({ base, from, ...(engine && { engine }), writing: writing(out) }, unheard);
  const lost = new Set(report.losses.map(({ code }) => code));
  expect([...lost]).toEqual(engine === "sglang-legacy" ? ["fused-by-max"] : []);
  return bitsOf((await inventoryOf(out)).table);
}

async function stripped(name: string): Promise<string> {
  const { strip } = await import("../../src/operations/strip.js");
  const out = join(await scratch(), "base");
  await strip({ ref: checkpoint(name), writing: writing(out) }, unheard);
  return out;
}
