import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../fixtures/generate.js";
import { ENGINES, type EngineId } from "../../src/engines/engines.js";
import { isRefusal } from "../../src/errors.js";
import { convert } from "../../src/operations/convert.js";
import { type InspectReport, inspect } from "../../src/operations/inspect.js";
import type { ScaleRow } from "../../src/operations/scale-rows.js";
import type { Role } from "../../src/scales/site.js";
import type { Loss } from "../../src/scales/table.js";
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

type Scales = Pick<InspectReport, "format" | "scales">;

/** Scales that the result says otherwise than the source, without a loss that speaks of them. */
function unexplained(before: Scales, after: Scales, losses: readonly Loss[]): string[] {
  const factor = before.format === after.format ? 1 : before.format === "float8_e4m3fnuz" ? 0.5 : 2;
  return before.scales.flatMap((row) => {
    const values = row.values.map((value) => value * factor);
    const said = foundAgain(row, after.scales).map((found) => found.values);
    const kept = said.length > 0 && said.every((numbers) => String(numbers) === String(values));
    if (kept || losses.some((loss) => speaks(loss, { ...row, values }, said))) return [];
    return [`${row.site} ${row.role}: ${values} became ${JSON.stringify(said)}`];
  });
}

/** Scales of the result that stand for none of the source's. */
function madeUp(before: Scales, after: Scales): string[] {
  return after.scales
    .filter((row) => !before.scales.some((source) => foundAgain(source, [row]).length > 0))
    .map((row) => `${row.site} ${row.role}`);
}

/** Where a reader finds this scale: under its role, or keys and values under the other form. */
function foundAgain({ site, role }: ScaleRow, rows: readonly ScaleRow[]): readonly ScaleRow[] {
  return rows.filter((row) => row.site === site && FORMS[role].includes(row.role));
}

const FORMS: Record<Role, readonly Role[]> = {
  k: ["k", "kv"],
  v: ["v", "kv"],
  kv: ["kv", "k", "v"],
  q: ["q"],
  prob: ["prob"],
};

/** True where a loss is about this very scale, and what took its place is what the loss allows. */
function speaks({ code, site, detail }: Loss, row: ScaleRow, said: readonly (readonly number[])[]): boolean {
  const larger = said.flat().every((value) => value >= Math.max(...row.values));
  switch (code) {
    case "role-dropped":
      return said.length === 0 && detail.includes(`the ${row.role} scales`);
    case "sites-dropped":
      return said.length === 0 && site === row.site;
    case "fused-by-max":
      return said.length === 1 && site === row.site && larger;
    case "heads-reduced-by-max":
      return said.length > 0 && site === row.site && row.per === "head" && larger;
    case "rounded":
      return said.length > 0 && said.flat().every((value, at) => value === Math.fround(row.values[at]!));
    default:
      return false;
  }
}
