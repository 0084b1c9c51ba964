import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Io } from "../../src/events.js";
import { calibrate } from "../../src/operations/calibrate.js";
import type { CalibrateInput } from "../../src/operations/calibrate-input.js";
import { localDeps } from "../../src/operations/deps.js";
import { inspect } from "../../src/operations/inspect.js";
import { verify } from "../../src/operations/verify.js";
import { unheard, writing } from "./desk.js";

const SHARED = resolve(import.meta.dirname, "../../../shared/data");
const ref = join(SHARED, "checkpoints/tiny-llama");
const tokens = join(SHARED, "golden/tiny-llama.tokens.json");

describe.skipIf(!existsSync(ref))(
  "calibrate on a real checkpoint (skipped where shared data is missing)",
  () => {
    let scratch: string;
    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), "kvscale-test-"));
    });
    afterAll(() => rm(scratch, { recursive: true, force: true }));

    const at = (name: string) => join(scratch, name);
    const whole = { ref, tokens, sequenceLength: 1024 } as const;
    const run = (input: Partial<CalibrateInput>, deps = localDeps) =>
      calibrate({ ...whole, ...input }, unheard, deps);

    it("takes the largest value over the largest code, as transformers finds it", async () => {
      const golden = JSON.parse(await readFile(join(SHARED, "golden/tiny-llama.json"), "utf8"));
      const { layers } = await run({ scaleFile: { path: at("max.safetensors"), force: false } });
      expect(layers).toHaveLength(4);
      for (const [n, { k, v }] of layers.entries()) {
        expect(Math.abs((k[0]! * 448) / Math.max(...golden.k_amax_per_head[n]) - 1)).toBeLessThan(1e-6);
        expect(Math.abs((v[0]! * 448) / Math.max(...golden.v_amax_per_head[n]) - 1)).toBeLessThan(1e-6);
      }
    });

    it("has one scale a head where that is asked, the format's largest code, and room", async () => {
      const max = await run({ scaleFile: { path: at("a.safetensors"), force: false } });
      const other = { granularity: "head", format: "float8_e4m3fnuz", margin: 0.5 } as const;
      const head = await run({ ...other, scaleFile: { path: at("b.safetensors"), force: false } });
      for (const [n, { k }] of head.layers.entries()) {
        expect(k).toHaveLength(2);
        expect(Math.max(...k) / max.layers[n]!.k[0]!).toBeCloseTo((1.5 * 448) / 240, 5);
      }
    });

    it("finds by search scales that lose no more at any layer than the largest value's, in verify's eyes", async () => {
      const lossWith = async (method: "max" | "mse") => {
        const path = at(`loss-${method}.safetensors`);
        const on = { ref, tokens, maxTokens: 256 };
        await calibrate({ ...on, sequenceLength: 256, method, scaleFile: { path, force: false } }, unheard);
        const { layers } = await verify({ ...on, scales: path, keys: 256, queries: 256 }, unheard);
        return layers.map(({ figures }) => figures!.loss.relativeL2);
      };
      const [max, mse] = [await lossWith("max"), await lossWith("mse")];
      expect(mse).toHaveLength(4);
      for (const [layer, loss] of mse.entries()) expect(loss).toBeLessThanOrEqual(max[layer]!);
    });

    it("writes a checkpoint that the engine loads, through the plan of merge", async () => {
      const target = writing(at("checkpoint"));
      const { checkpoint } = await run({ writing: target, engine: "vllm" });
      expect(checkpoint?.result.readiness[0]?.verdict).toBe("loads");
      expect((await inspect({ ref: at("checkpoint"), engine: "vllm" }, unheard)).scales).toHaveLength(8);
    });

    it("finds from combined parts exactly what one run finds", async () => {
      const short = { sequenceLength: 128 } as const;
      const parts = [1, 2, 3].map((index) => ({ index, of: 3 }));
      const files = parts.map(({ index }) => at(`part-${index}.json`));
      for (const [n, shard] of parts.entries()) await run({ ...short, shard, stats: files[n]! });
      const [one, all] = [at("one.safetensors"), at("all.safetensors")];
      const stats = { one: at("one.json"), all: at("all.json") };
      await run({ ...short, stats: stats.one, scaleFile: { path: one, force: false } });
      await run({ fromStats: files.reverse(), stats: stats.all, scaleFile: { path: all, force: false } });
      expect(await readFile(all)).toEqual(await readFile(one));
      const layersOf = async (file: string) => JSON.parse(await readFile(file, "utf8")).layers;
      // Counts tell of every value; the largest alone would not tell of one that was counted twice.
      expect(await layersOf(stats.all)).toEqual(await layersOf(stats.one));
      await expect(run({ fromStats: files.slice(1), stats: at("never") })).rejects.toThrow(/all 3 parts/);
    });

    it("goes on after the last complete layer, to the same bytes, and leaves no state", async () => {
      const file = (name: string) => ({ scaleFile: { path: at(name), force: false } });
      const straight = await run({ ...file("straight.safetensors"), method: "mse" });
      let saved = 0;
      const dying = {
        ...localDeps,
        writeFile: async (...[path, bytes, options]: Parameters<typeof localDeps.writeFile>) => {
          if (saved === 2) throw new Error("the power fails");
          await localDeps.writeFile(path, bytes, options);
          saved++;
        },
      };
      await expect(run({ ...file("resumed.safetensors"), method: "mse" }, dying)).rejects.toThrow(
        "the power fails",
      );
      const notes: string[] = [];
      const io: Io = { ...unheard, emit: (event) => notes.push("message" in event ? event.message : "") };
      const again = { ...whole, ...file("resumed.safetensors"), method: "mse", resume: true } as const;
      const resumed = await calibrate(again, io);
      expect(resumed.layers).toEqual(straight.layers);
      expect(notes).toContain("goes on after 2 layers");
      expect(await readFile(at("resumed.safetensors"))).toEqual(await readFile(at("straight.safetensors")));
      expect((await readdir(scratch)).filter((name) => name.includes(".resume"))).toEqual([]);
    });

    it("does not go on with the state of another run", async () => {
      const scaleFile = { path: at("other.safetensors"), force: false };
      const dying = { ...localDeps, writeFile: counted(1) };
      await expect(run({ scaleFile }, dying)).rejects.toThrow("the power fails");
      await expect(run({ scaleFile, resume: true, margin: 0.1 })).rejects.toThrow(
        /the state of this very run/,
      );
    });

    it("refuses losses in a file of scales where that is asked", async () => {
      const scaleFile = { path: at("strict.json"), force: false, strict: true };
      await expect(run({ granularity: "head", scaleFile })).rejects.toThrow(
        /nothing to be lost, as --strict asks/,
      );
      expect(existsSync(scaleFile.path)).toBe(false);
    });

    it.each([
      ["scales of e5m2", { format: "float8_e5m2" }, /float8_e4m3fn or float8_e4m3fnuz, found float8_e5m2/],
      ["statistics of a search", { method: "mse", stats: "s.json" }, /mse, which searches on the values/],
      ["a shard that nobody keeps", { shard: { index: 1, of: 2 } }, /--stats FILE with --shard/],
      [
        "more parts than sequences",
        { shard: { index: 2, of: 2 }, stats: "s.json" },
        /at least 2 sequences.*found 1/,
      ],
      ["a share beyond all", { percentile: 2, stats: "s.json" }, /--percentile, found 2/],
      [
        "a base that has scales",
        { ref: `${ref}.autofp8`, writing: writing("never") },
        /a base without KV scales/,
      ],
    ] as const)("refuses %s", async (_, input, message) => {
      await expect(run(input)).rejects.toThrow(message);
      expect(existsSync("s.json")).toBe(false);
    });

    function counted(most: number): typeof localDeps.writeFile {
      let written = 0;
      return async (...call) => {
        if (written++ === most) throw new Error("the power fails");
        await localDeps.writeFile(...call);
      };
    }
  },
);
