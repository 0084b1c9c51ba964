import { describe, expect, it } from "vitest";
import type { LayerShape } from "../../src/attention/layer.js";
import type { CacheScales } from "../../src/attention/problem.js";
import { synthesize } from "../../src/attention/synthesize.js";
import { THRESHOLDS } from "../../src/attention/verdict.js";
import type { Backend } from "../../src/backend/backend.js";
import { referenceBackend } from "../../src/backend/reference.js";
import { judgeLayer, type LayerTask } from "../../src/runner/judge-layer.js";

const shape: LayerShape = { heads: 16, kvHeads: 4, keySize: 64, valueSize: 48 };
const scales: CacheScales = { k: Float32Array.of(0.02), v: Float32Array.of(0.005) };
const signal = new AbortController().signal;

function taskOf(changes: Partial<LayerTask> = {}, keys = 200): LayerTask {
  const fit = { scales, format: "float8_e4m3fn" as const, headRoom: 1 };
  return {
    shape,
    values: synthesize(shape, { distribution: "normal", seed: 9, layer: 2, keys, queries: 2, fit }),
    softmax: { softmaxScale: 64 ** -0.5 },
    scales,
    format: "float8_e4m3fn",
    half: "bfloat16",
    writer: "cuda",
    thresholds: THRESHOLDS.float8_e4m3fn,
    ...changes,
  };
}

const scaled = (factor: number): CacheScales => ({
  k: scales.k.map((scale) => scale * factor),
  v: scales.v.map((scale) => scale * factor),
});

describe("judgeLayer", () => {
  it("finds a calibrated layer good: a sound kernel, and the format's loss", async () => {
    const figures = await judgeLayer(taskOf(), referenceBackend, signal);
    expect(figures).toMatchObject({ level: "ok", reasons: [], kernel: { holds: true } });
    expect(figures.loss.sqnr).toBeGreaterThan(27);
    expect(figures.loss.sqnr).toBeLessThan(30);
    expect([figures.k.clipRate, figures.v.clipRate]).toEqual([0, 0]);
    expect(figures.heads).toHaveLength(16);
  });

  it("separates what the kernel, the 8-bit cache and the 16-bit cache cost", async () => {
    const { kernel, loss, run, against16 } = await judgeLayer(taskOf(), referenceBackend, signal);
    expect(kernel.sqnr).toBeGreaterThan(120);
    expect(run.fp8.sqnr).toBeCloseTo(loss.sqnr, 3);
    expect(run.half.sqnr).toBeGreaterThan(50);
    expect(against16.sqnr).toBeCloseTo(loss.sqnr, 0);
  });

  it.each<[string, Partial<LayerTask>, string, RegExp]>([
    ["a quarter of the scales", { scales: scaled(1 / 4) }, "fail", /saturate/],
    ["the truncating writer, at the edge of failure", { writer: "vllm-cpu" }, "fail", /below 20 dB/],
    [
      "a threshold of 40 dB",
      { thresholds: { minSqnr: 50, failSqnr: 40, maxClipRate: 1 } },
      "fail",
      /below 40 dB/,
    ],
    [
      "e5m2 by the thresholds of e4m3",
      { format: "float8_e5m2", scales: scaled(448 / 57344) },
      "warn",
      /below 25 dB/,
    ],
  ])("%s: %s", async (_, changes, level, reason) => {
    const figures = await judgeLayer(taskOf(changes), referenceBackend, signal);
    expect(figures.level).toBe(level);
    expect(figures.reasons.join()).toMatch(reason);
  });

  it("contrasts with 1.0, with the ideal scale and with e5m2", async () => {
    const { loss, contrast } = await judgeLayer(taskOf({ scales: scaled(1 / 4) }), referenceBackend, signal);
    expect(contrast.ideal.sqnr).toBeGreaterThan(27);
    expect(contrast.unit.sqnr).toBeGreaterThan(25);
    expect(contrast.e5m2.sqnr).toBeLessThan(contrast.ideal.sqnr - 4);
    expect(loss.sqnr).toBeLessThan(20);
  });

  it("takes scales per head, in fnuz too", async () => {
    const perHead = { k: new Float32Array(4).fill(0.04), v: new Float32Array(4).fill(0.01) };
    const figures = await judgeLayer(
      taskOf({ scales: perHead, format: "float8_e4m3fnuz" }),
      referenceBackend,
      signal,
    );
    expect(figures).toMatchObject({ level: "ok", kernel: { holds: true } });
  });

  it("fails a layer whose values hold NaN", async () => {
    const task = taskOf();
    const values = { ...task.values, values: task.values.values.with(5, NaN) };
    const figures = await judgeLayer({ ...task, values }, referenceBackend, signal);
    expect(figures.level).toBe("fail");
    expect(figures.reasons).toContain("the figures contain NaN");
    expect(figures.reasons.join()).not.toContain("kernel");
  });

  it.each([
    ["a thousandth too large", (value: number) => value * 1.001],
    ["NaN", () => NaN],
  ])("fails a layer when the kernel itself is wrong, whatever the loss: %s", async (_, wrong) => {
    const broken: Backend = {
      ...referenceBackend,
      attend: async (problem, own) => {
        const { out, lse } = await referenceBackend.attend(problem, own);
        return { out: out.map(wrong), lse };
      },
    };
    const figures = await judgeLayer(taskOf(), broken, signal);
    expect(figures.level).toBe("fail");
    expect(figures.reasons[0]).toMatch(/kernel misses its tolerance/);
  });

  it("gives the same figures again", async () => {
    const [first, second] = [
      await judgeLayer(taskOf(), referenceBackend, signal),
      await judgeLayer(taskOf(), referenceBackend, signal),
    ];
    expect(second).toEqual(first);
  });

  it("stops with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(judgeLayer(taskOf(), referenceBackend, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 10);
    await expect(judgeLayer(taskOf({}, 4000), referenceBackend, controller.signal)).rejects.toBe(reason);
  });
});
