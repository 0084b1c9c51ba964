import { describe, expect, it } from "vitest";
import { type LayerShape, type LayerValues, layerProblem, UNIT_SCALES } from "../../src/attention/layer.js";
import { type AttentionLoss, compareCaches } from "../../src/attention/loss.js";
import { writePages } from "../../src/attention/pages.js";
import type { CacheScales, CacheType } from "../../src/attention/problem.js";
import { idealScales } from "../../src/attention/range.js";
import { finish } from "../../src/attention/steps.js";
import type { Fp8Format } from "../../src/numeric/fp8.js";
import type { Writer } from "../../src/numeric/quantise.js";
import { type Random, randomFrom } from "../../src/numeric/random.js";

/**
 * SQNR in dB of attention outputs, head size 128, float64, only K and V quantised: figures of an earlier,
 * independent program in Python. [format, writer, scale, figure or range of figures].
 */
type Published = readonly [Fp8Format, Writer, "calibrated" | "unit", number | readonly [number, number]];

const NORMAL: readonly Published[] = [
  ["float8_e4m3fn", "cuda", "calibrated", [28.1, 28.5]],
  ["float8_e4m3fn", "cuda", "unit", [28.1, 28.5]],
  ["float8_e4m3fn", "vllm-cpu", "calibrated", 19.9],
  ["float8_e5m2", "cuda", "calibrated", 22],
  ["float8_e5m2", "vllm-cpu", "calibrated", 14.5],
];
const NORMAL_LONG: readonly Published[] = [
  ["float8_e4m3fn", "cuda", "calibrated", [28, 28.3]],
  ["float8_e4m3fn", "vllm-cpu", "calibrated", 20],
  ["float8_e5m2", "cuda", "calibrated", 22.3],
  ["float8_e5m2", "vllm-cpu", "calibrated", 14.8],
];
const CLAMPED: readonly Published[] = [
  ["float8_e4m3fn", "cuda", "calibrated", [34, 34.6]],
  ["float8_e4m3fn", "cuda", "unit", [34, 34.6]],
  ["float8_e4m3fn", "vllm-cpu", "unit", 28],
  ["float8_e5m2", "cuda", "unit", 29],
  ["float8_e5m2", "vllm-cpu", "unit", 22],
];
const K_OFFSET: readonly Published[] = [
  ["float8_e4m3fn", "cuda", "calibrated", 18.6],
  ["float8_e5m2", "cuda", "calibrated", 17],
];
/** Figures that depend on a few outliers, and so on the seed: the published one lies among those of some seeds. */
const OUTLIERS: readonly Published[] = [
  ["float8_e4m3fn", "cuda", "calibrated", 26.1],
  ["float8_e4m3fn", "cuda", "unit", 23.1],
  ["float8_e5m2", "cuda", "calibrated", 19.9],
];

/** The first is our own, see below; the last two were published without decimals. */
const SMALL_VALUES: readonly Published[] = [
  ["float8_e4m3fn", "cuda", "unit", 27.4],
  ["float8_e4m3fn", "vllm-cpu", "unit", 18.9],
  ["float8_e5m2", "cuda", "unit", [21.5, 22.5]],
  ["float8_e5m2", "vllm-cpu", "unit", [13.5, 14.5]],
];

describe.each([
  ["N(0, 1) over 1024 keys", sampler(), 1024, [32, 8], NORMAL],
  ["N(0, 1), published over 7812 keys, here over 2048", sampler(), 2048, [32, 8], NORMAL_LONG],
  [
    "N(0, 1) clamped to ±1, published over 7812 keys, here over 2048",
    sampler("clamped"),
    2048,
    [32, 8],
    CLAMPED,
  ],
  ["K with channels at +600 and −350, over 1024 keys", sampler("k-offset"), 1024, [32, 8], K_OFFSET],
] as const)("%s", (_, sample, keys, heads, published) => {
  const losses = lossesOf(sample, { keys, heads, seed: 1 }, published);
  it.each(published.map((row, i) => [...row, losses[i]!.sqnr] as const))(
    "%s by the %s writer, %s scales: published %s dB, here %s dB",
    (_format, _writer, _scale, figure, sqnr) => {
      const [low, high] = typeof figure === "number" ? [figure, figure] : figure;
      expect(sqnr).toBeGreaterThan(low - 0.5);
      expect(sqnr).toBeLessThan(high + 0.5);
    },
  );
});

it("KL and top-1 of N(0, 1) over 1024 keys are the published ones", () => {
  const rows = NORMAL.filter(([, , scale]) => scale === "calibrated").slice(0, 3);
  const [rounded, truncated, coarse] = lossesOf(sampler(), { keys: 1024, heads: [32, 8], seed: 1 }, rows);
  expect(rounded!.divergence).toBeCloseTo(3.6e-4, 5);
  expect(truncated!.divergence).toBeCloseTo(1.3e-3, 4);
  expect(coarse!.divergence).toBeCloseTo(1.4e-3, 4);
  expect(rounded!.topOne).toBeGreaterThanOrEqual(0.94);
  expect(rounded!.relativeL2).toBeCloseTo(0.038, 3);
});

describe.each([
  ["one in a thousand from N(0, 100), over 4096 keys", sampler("outliers"), 4096, [32, 8], OUTLIERS],
] as const)("%s: the figure depends on the seed", (_, sample, keys, heads, published) => {
  const seeds = [1, 2, 3];
  const losses = seeds.map((seed) => lossesOf(sample, { keys, heads, seed }, published));
  it.each(published.map((row, i) => [...row, losses.map((loss) => loss[i]!.sqnr)] as const))(
    "%s by the %s writer, %s scales: published %s dB lies among %s",
    (_format, _writer, _scale, figure, sqnrs) => {
      expect(figure).toBeGreaterThan(Math.min(...sqnrs) - 0.5);
      expect(figure).toBeLessThan(Math.max(...sqnrs) + 0.5);
    },
  );
});

/**
 * One figure is not the published one, 26.4 dB for e4m3fn rounded. Arithmetic says 27.4: most of V lies below 2^-5,
 * where the step is 2^-9, so the noise of V, step² / 12, is 29.6 dB below it; that of K is 31.3 dB below its own.
 * Twelve seeds of another program give 27.0 to 27.6, with one KV head for all 26.6 to 28.2. A V of 0.016·N would give
 * 26.4, but 7.9 dB for flushed subnormals and 12.0 for zero decoded as 2^-7, where 9.9 and 14.6 are published, and
 * 10.1 to 10.5 and 14.7 to 15.0 come out for 0.02·N: the data are the same, and that one figure is off.
 */
describe("V = 0.02·N(0, 1) at scale 1, where most of V is subnormal, over 1024 keys", () => {
  const seeds = [1, 2, 3].map((seed) =>
    lossesOf(sampler("small"), { keys: 1024, heads: [32, 8], seed }, SMALL_VALUES),
  );
  it.each(SMALL_VALUES.map((row, i) => [...row, seeds.map((losses) => losses[i]!.sqnr)] as const))(
    "%s by the %s writer, %s scales: %s dB lies within 0.5 dB of one of %s",
    (_format, _writer, _scale, figure, sqnrs) => {
      const [low, high] = typeof figure === "number" ? [figure, figure] : figure;
      expect(Math.min(...sqnrs)).toBeLessThan(high + 0.5);
      expect(Math.max(...sqnrs)).toBeGreaterThan(low - 0.5);
    },
  );
});

function lossesOf(
  sample: Sampler,
  { keys, heads, seed }: { keys: number; heads: readonly [query: number, kv: number]; seed: number },
  rows: readonly Published[],
): readonly AttentionLoss[] {
  const [, kvHeads] = heads;
  const shape: LayerShape = { heads: heads[0], kvHeads, keySize: 128, valueSize: 128 };
  const values: LayerValues = {
    query: drawn(sample, seed, "q", shape.heads),
    keys: drawn(sample, seed, "k", keys * kvHeads),
    values: drawn(sample, seed, "v", keys * kvHeads),
  };
  const filled = (type: CacheType, scales: CacheScales, writer: Writer) => {
    const { problem, write } = layerProblem(
      shape,
      values,
      { softmaxScale: 128 ** -0.5 },
      { type, scales, writer },
    );
    finish(writePages(write));
    return problem;
  };
  const others = rows.map(([format, writer, scale]) =>
    filled(format, scale === "unit" ? UNIT_SCALES : calibrated(values, format, kvHeads), writer),
  );
  return finish(compareCaches(filled("float32", UNIT_SCALES, "cuda"), others)).others.map(({ loss }) => loss);
}

function calibrated({ keys, values }: LayerValues, format: Fp8Format, heads: number): CacheScales {
  const per = { heads, size: 128 };
  return { k: idealScales(keys, format, per, "tensor"), v: idealScales(values, format, per, "tensor") };
}

type Sampler = (random: Random, role: "q" | "k" | "v", channel: number) => number;

function drawn(sample: Sampler, seed: number, role: "q" | "k" | "v", rows: number): Float32Array {
  const random = randomFrom(seed, 1 + ["q", "k", "v"].indexOf(role));
  return Float32Array.from({ length: rows * 128 }, (_, i) => sample(random, role, i % 128));
}

function sampler(kind?: "clamped" | "outliers" | "k-offset" | "small"): Sampler {
  return (random, role, channel) => {
    const normal = random.normal();
    if (kind === "clamped" && role !== "q") return Math.max(-1, Math.min(1, normal));
    if (kind === "outliers") return normal + (random.uniform() < 0.001 ? 10 * random.normal() : 0);
    if (kind === "k-offset" && role === "k")
      return normal + (channel === 5 ? 600 : channel === 70 ? -350 : 0);
    return kind === "small" && role === "v" ? 0.02 * normal : normal;
  };
}
