import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Io } from "../../src/events.js";
import { verify } from "../../src/operations/verify.js";
import type { VerifyInput } from "../../src/operations/verify-input.js";
import { COMPARISONS } from "../../src/runner/candidates.js";
import { checkpoint, unheard } from "./desk.js";

const SHARED = resolve(import.meta.dirname, "../../../shared/data");
const ref = join(SHARED, "checkpoints/tiny-llama.modelopt-kv-only");
const tokens = join(SHARED, "golden/tiny-llama.tokens.json");
const whole = { ref, tokens, keys: 1024 } as const;
const run = (input: Partial<VerifyInput> = {}) => verify({ ...whole, ...input }, unheard);

describe.skipIf(!existsSync(ref))("verify on a model (skipped where shared data is missing)", () => {
  it("tells for every way to keep the cache what it costs, as transformers finds it", async () => {
    const golden = JSON.parse(await readFile(join(SHARED, "golden/tiny-llama.json"), "utf8"));
    const { model, data } = await run({ compare: COMPARISONS });
    const nll = new Map(model?.streams.map((stream) => [stream.name, stream.nll]));
    expect([data, [...nll.keys()]]).toEqual(["model", ["16-bit", "stored", ...COMPARISONS]]);
    const cases = {
      unit: "e4m3fn_unit",
      recalibrated: "e4m3fn_amax",
      "per-head": "e4m3fn_head",
      e5m2: "e5m2_unit",
    };
    // The golden's reference has float32 keys and values, ours 16-bit ones, which moves the residuals a little.
    for (const [name, key] of Object.entries(cases)) {
      expect(Math.abs(nll.get(name)! - golden.cases[key].nll), name).toBeLessThan(2e-3);
    }
    expect(model?.layers.map(({ streams }) => streams.length)).toEqual([7, 7, 7, 7]);
    expect(model?.advice.length).toBeGreaterThan(0);
  });

  it("fails where perplexity rises too far, and says so", async () => {
    const { model, level, ok } = await run({ modelThresholds: { maxPplIncrease: 1e-6 } });
    expect(model?.faults).toEqual([expect.stringMatching(/perplexity rises by .* more than 0\.0001%/)]);
    expect([level, ok]).toEqual(["fail", false]);
  });

  it("keeps 16 bits in layers that are not asked about", async () => {
    const some = await run({ layers: [1] });
    expect(some.layers.map(({ layer }) => layer)).toEqual([1]);
    const changes = some.model?.layers.map(({ streams }) => streams[0]?.local.relativeL2 ?? 0);
    expect(changes?.map((change) => change > 0)).toEqual([false, true, false, false]);
    await expect(run({ layers: [4] })).rejects.toThrow(/layers 0 to 3.*found 4/);
  });

  it("gives the same figures on any number of threads and any run", async () => {
    const [one, other] = [await run(), await run()];
    expect(one.model?.streams).toEqual(other.model?.streams);
  });

  it("takes the quick way where it is asked for", async () => {
    expect(await run({ data: "synthetic" } as const).catch((error) => error)).toMatchObject({
      data: "synthetic",
      model: null,
    });
  });
});

describe("a checkpoint whose model cannot be run", () => {
  const input = { ref: checkpoint("autofp8"), keys: 32, queries: 1 } as const;

  it("is verified on synthetic values, with a note that says why", async () => {
    const notes: string[] = [];
    const io: Io = { ...unheard, emit: (event) => notes.push("message" in event ? event.message : "") };
    const { data, model } = await verify(input, io);
    expect([data, model]).toEqual(["synthetic", null]);
    expect(notes.join()).toMatch(/chose synthetic values, since the model cannot be run: .*tokenizer\.json/);
  });

  it("is refused where the model is asked for", async () => {
    await expect(verify({ ...input, data: "model", tokens: "t" }, unheard)).rejects.toThrow(
      /weight|tensor|expected/,
    );
  });
});
