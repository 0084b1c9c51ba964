import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../fixtures/generate.js";
import { ENGINES, type EngineId } from "../../src/engines/engines.js";
import { isRefusal } from "../../src/errors.js";
import { convert } from "../../src/operations/convert.js";
import { inspect } from "../../src/operations/inspect.js";
import { refusalOf } from "../checkpoint/refusals.js";
import {
  checkpoint,
  filesOf,
  inventoryOf,
  scratch,
  tensorsBelow,
  unheard,
  untouched,
  writing,
} from "./desk.js";
import { madeUp, unexplained } from "./honesty.js";

const READERS: readonly EngineId[] = ENGINES.filter(({ emit }) => emit.strip !== true).map(({ id }) => id);

const JSON_READERS: readonly EngineId[] = ["lightllm", "ksanallm", "sglang-legacy"];

const WITHOUT_SCALES = ["base-single", "base-indexed", "base-multimodal", "ascend"];
const SCALED = Object.keys(CHECKPOINTS).filter((name) => !WITHOUT_SCALES.includes(name));

describe("convert", () => {
  it.each(SCALED.flatMap((name) => READERS.map((engine) => [name, engine] as const)))(
    "%s for %s: every value survives, or a loss is listed",
    async (name, engine) => {
      const dry = writing("never", { dryRun: true });
      const converted = await orRefusal(convert({ ref: checkpoint(name), engine, writing: dry }, unheard));
      const refused = typeof converted === "string" ? converted : undefined;
      expect(refused).toBe(REFUSED[name] ?? REFUSED[`${name} ${engine}`]);
      if (typeof converted === "string") return;
      const before = await inspect({ ref: checkpoint(name) }, unheard);
      expect(before.scales.length).toBeGreaterThan(0);
      expect(unexplained(before, converted.result, converted.losses)).toEqual([]);
      expect(madeUp(before, converted.result)).toEqual([]);
    },
  );

  it.each(SCALED.filter((name) => !NO_WEIGHTS.includes(name)))(
    "%s: no weight changes a byte",
    async (name) => {
      const { evidence } = await inventoryOf(checkpoint(name));
      const left = await tensorsBelow(checkpoint(name));
      for (const { name: scale } of evidence) left.delete(scale);
      for (const engine of ["tgi-2028", "tensorrt-llm"] as const) {
        const out = join(await scratch(), "converted");
        if (
          typeof (await orRefusal(
            convert({ ref: checkpoint(name), engine, writing: writing(out) }, unheard),
          )) === "string"
        )
          continue;
        const held = await tensorsBelow(out);
        expect(new Map([...left.keys()].map((key) => [key, held.get(key)]))).toEqual(left);
      }
    },
  );

  it("keeps the input as it was, and makes the same bytes each time", async () => {
    const ref = checkpoint("modelopt-fp8");
    const folder = await scratch();
    const work = (out: string) =>
      convert({ ref, engine: "vllm", writing: writing(join(folder, out)) }, unheard);
    await untouched([ref], () => work("a"));
    await work("b");
    expect(await filesOf(join(folder, "a"))).toEqual(await filesOf(join(folder, "b")));
  });

  it("there and back again gives the same values", async () => {
    const folder = await scratch();
    const [there, back] = [join(folder, "there"), join(folder, "back")];
    await convert({ ref: checkpoint("gpt2"), engine: "vllm", writing: writing(there) }, unheard);
    await convert({ ref: there, engine: "tgi", writing: writing(back) }, unheard);
    expect(await filesOf(back)).toEqual(await filesOf(checkpoint("gpt2")));
  });

  it("refuses losses under strict, and writes nothing", async () => {
    const out = join(await scratch(), "strict");
    const refusal = await refusalOf(
      convert(
        { ref: checkpoint("autofp8"), engine: "tgi-2028", writing: writing(out, { strict: true }) },
        unheard,
      ),
    );
    expect([refusal.code, refusal.exit]).toEqual(["lossy", "verdict"]);
    expect(refusal.message).toContain("fused-by-max");
    expect(await filesOf(join(out, ".."))).toEqual(new Map());
  });

  it("refuses llama.cpp, which reads no scales", async () => {
    const input = { ref: checkpoint("autofp8"), engine: "llama.cpp", writing: writing("never") } as const;
    expect((await refusalOf(convert(input, unheard))).code).toBe("engine-takes-no-scales");
  });
});

/** Fixtures that are a file of scales alone. */
const NO_WEIGHTS = ["vllm-json-two-ranks", "lightllm-per-head", "lightllm-per-tensor"];

/** Conversions that cannot be, by fixture, or by fixture and engine. */
const REFUSED: Record<string, string> = {
  // No config.json, into which a cache could be declared.
  mistral: "config-missing",
  "vllm-json-two-ranks": "config-missing",
  "lightllm-per-head": "config-missing",
  "lightllm-per-tensor": "config-missing",
  // The JSON forms want a scale for every layer of one decoder.
  ...forEngines(["modelopt-nemotron-h", "megatron-nemotron-h", "whisper"], JSON_READERS, "sidecar-layers"),
  // Their configs say neither KV heads nor, for TensorRT-LLM's own, the model's type.
  ...forEngines(
    ["modelopt-deepseek", "modelopt-deepseek-draft", "tensorrt-llm"],
    ["lightllm"],
    "target-facts-needed",
  ),
  ...forEngines(["tensorrt-llm"], ["ksanallm", "sglang-legacy"], "model-type-needed"),
};

function forEngines(names: readonly string[], engines: readonly EngineId[], code: string) {
  return Object.fromEntries(names.flatMap((name) => engines.map((engine) => [`${name} ${engine}`, code])));
}

async function orRefusal<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work;
  } catch (error) {
    if (isRefusal(error)) return error.code;
    throw error;
  }
}
