import { describe, expect, it } from "vitest";
import { type LayerShape, type LayerValues, layerProblem, UNIT_SCALES } from "../../src/attention/layer.js";
import { compareCaches } from "../../src/attention/loss.js";
import { elementsOf, writePages } from "../../src/attention/pages.js";
import type { CacheScales, CacheWrite, Pool, Problem } from "../../src/attention/problem.js";
import { rangeOf } from "../../src/attention/range.js";
import { finish } from "../../src/attention/steps.js";
import { synthesize } from "../../src/attention/synthesize.js";
import { judge, type Level, THRESHOLDS } from "../../src/attention/verdict.js";
import type { Writer } from "../../src/numeric/quantise.js";

const shape: LayerShape = { heads: 32, kvHeads: 8, keySize: 64, valueSize: 64 };
const scales: CacheScales = { k: Float32Array.of(0.021), v: Float32Array.of(0.0043) };
const fit = { scales, format: "float8_e4m3fn" as const, headRoom: 1 };
const drawn = synthesize(shape, { distribution: "normal", seed: 3, layer: 0, keys: 300, queries: 1, fit });

/** What a cache may suffer: other scales, another writer, broken bytes, a wrong reading of right bytes. */
interface Fault {
  readonly stored?: CacheScales;
  readonly writer?: Writer;
  readonly bytes?: (pool: Pool) => void;
  readonly read?: (problem: Problem) => Problem;
  readonly values?: (values: LayerValues) => LayerValues;
}

const times = (factor: number): CacheScales => ({
  k: scales.k.map((scale) => scale * factor),
  v: scales.v.map((scale) => scale * factor),
});
const readAt = (own: CacheScales) => (problem: Problem) => ({
  ...problem,
  cache: { ...problem.cache, scales: own },
});
const codes = (change: (code: number) => number) => (pool: Pool) =>
  void pool.bytes.set(pool.bytes.map(change));

describe("stage B tells a sound cache from a broken one", () => {
  it.each<[string, Fault, Level]>([
    ["scales that fit", {}, "ok"],
    ["twice the scale: a float has room", { stored: times(2) }, "ok"],
    ["an eighth of the range", { stored: times(8) }, "ok"],
    ["a quarter of the scale: most outliers saturate", { stored: times(1 / 4) }, "fail"],
    ["far too large a scale: everything is subnormal", { stored: times(2 ** 16) }, "fail"],
    ["the scale of the other role", { stored: { k: scales.v, v: scales.k } }, "fail"],
    ["values truncated instead of rounded", { writer: "vllm-cpu" }, "warn"],
    ["written and read at unequal k_scales", { read: readAt({ ...scales, k: Float32Array.of(1) }) }, "fail"],
    [
      "written and read at unequal v_scales",
      { read: readAt({ ...scales, v: Float32Array.of(0.0042) }) },
      "ok",
    ],
    ["v_scale forgotten by the reader", { read: readAt({ ...scales, v: Float32Array.of(1) }) }, "fail"],
    ["the two scales swapped by the reader", { read: readAt({ k: scales.v, v: scales.k }) }, "fail"],
    ["signs lost", { bytes: codes((code) => code & 0x7f) }, "fail"],
    ["one mantissa bit lost", { bytes: codes((code) => code & 0xfe) }, "fail"],
    ["all zeros", { bytes: codes(() => 0) }, "fail"],
    ["one NaN code", { bytes: (pool) => void pool.bytes.fill(0x7f, 64, 65) }, "fail"],
    [
      "a NaN among the values",
      { values: (values) => ({ ...values, values: values.values.with(9, NaN) }) },
      "fail",
    ],
    ["one key a little beyond the scale", { values: withKey(77, 0.021 * 448 * 1.2) }, "ok"],
    ["one in five hundred beyond the scale", { values: withOutliers }, "fail"],
  ])("%s", (_, fault, level) => {
    expect(levelOf(fault)).toBe(level);
  });

  it("warns or fails at K with offset channels, which no scale can help", () => {
    const values = synthesize(shape, {
      distribution: "k-offset",
      seed: 3,
      layer: 0,
      keys: 300,
      queries: 2,
      fit,
    });
    expect(levelOf({ values: () => values })).not.toBe("ok");
  });
});

function levelOf({
  stored = scales,
  writer = "cuda",
  bytes,
  read = (one) => one,
  values: change,
}: Fault): Level {
  const values = change === undefined ? drawn : change(drawn);
  const layer = (write: CacheWrite) => finish(writePages(write));
  const softmax = { softmaxScale: 64 ** -0.5 };
  const original = layerProblem(shape, values, softmax, {
    type: "float32",
    scales: UNIT_SCALES,
    writer: "cuda",
  });
  const cached = layerProblem(shape, values, softmax, { type: "float8_e4m3fn", scales: stored, writer });
  layer(original.write);
  layer(cached.write);
  if (bytes !== undefined) for (const pool of [cached.write.cache.key, cached.write.cache.value]) bytes(pool);
  const [other] = finish(compareCaches(original.problem, [read(cached.problem)])).others;
  const size = { heads: 8, size: 64 };
  const k = rangeOf(values.keys, stored.k, "float8_e4m3fn", size);
  const v = rangeOf(values.values, stored.v, "float8_e4m3fn", size);
  return judge({ loss: other!.loss, k, v }, THRESHOLDS.float8_e4m3fn).level;
}

function withKey(index: number, key: number): (values: LayerValues) => LayerValues {
  return (values) => ({ ...values, keys: values.keys.with(index, key) });
}

function withOutliers(values: LayerValues): LayerValues {
  return { ...values, keys: values.keys.map((value, i) => (i % 500 === 0 ? value * 8 + 40 : value)) };
}

it("views pages as the elements that they hold", () => {
  expect(elementsOf(new Uint8Array(8), "float32")).toHaveLength(2);
  expect(elementsOf(new Uint8Array(8), "float16")).toHaveLength(4);
  expect(elementsOf(new Uint8Array(8), "float8_e5m2")).toHaveLength(8);
});
