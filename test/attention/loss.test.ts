import { describe, expect, it } from "vitest";
import { type LayerValues, layerProblem, UNIT_SCALES } from "../../src/attention/layer.js";
import { compareCaches } from "../../src/attention/loss.js";
import { writePages } from "../../src/attention/pages.js";
import type { CacheScales, CacheType, Problem } from "../../src/attention/problem.js";
import { attendExactly, exactRows } from "../../src/attention/reference.js";
import { finish } from "../../src/attention/steps.js";
import { synthesize } from "../../src/attention/synthesize.js";
import { deviation } from "../../src/numeric/metrics.js";

const shape = { heads: 4, kvHeads: 2, keySize: 8, valueSize: 4 };
const scales: CacheScales = { k: Float32Array.of(0.02), v: Float32Array.of(0.01) };
const values = synthesize(shape, {
  distribution: "normal",
  seed: 4,
  layer: 0,
  keys: 50,
  queries: 3,
  fit: { scales, format: "float8_e4m3fn", headRoom: 1 },
});

function filled(type: CacheType, own: CacheScales, of: LayerValues = values): Problem {
  const storage = { type, scales: own, writer: "cuda" as const };
  const { problem, write } = layerProblem(shape, of, { softmaxScale: 8 ** -0.5 }, storage);
  finish(writePages(write));
  return problem;
}

const original = filled("float32", UNIT_SCALES);

describe("compareCaches", () => {
  it("finds no loss in a copy", () => {
    const { others } = finish(compareCaches(original, [filled("float32", UNIT_SCALES)]));
    expect(others[0]!.loss).toMatchObject({
      relativeL2: 0,
      sqnr: Infinity,
      maxAbs: 0,
      divergence: 0,
      topOne: 1,
    });
  });

  it("gives the deviation of the two exact results, and the results", () => {
    const quantised = filled("float8_e4m3fn", scales);
    const comparison = finish(compareCaches(original, [quantised]));
    const [expected, found] = [attendExactly(original), attendExactly(quantised)];
    expect(comparison.original).toEqual(expected);
    expect(comparison.others[0]!.exact).toEqual(found);
    expect(comparison.others[0]!.loss).toMatchObject(deviation(expected.out, found.out));
  });

  it("orders the formats by their mantissa", () => {
    const caches = [
      filled("bfloat16", UNIT_SCALES),
      filled("float8_e4m3fn", scales),
      filled("float8_e5m2", scales),
    ];
    const { others } = finish(compareCaches(original, caches));
    const sqnrs = others.map(({ loss }) => loss.sqnr);
    expect(sqnrs).toEqual(sqnrs.toSorted((a, b) => b - a));
    const divergences = others.map(({ loss }) => loss.divergence);
    expect(divergences).toEqual(divergences.toSorted((a, b) => a - b));
  });

  it("averages KL and top-1 over rows, and figures of a head over its rows alone", () => {
    const quantised = filled("float8_e5m2", scales);
    const [other] = finish(compareCaches(original, [quantised])).others;
    const rows = [...exactRows(original)];
    const found = [...exactRows(quantised)];
    const kl = rows.map(({ logProbabilities }, i) =>
      logProbabilities.reduce((sum, p, key) => sum + Math.exp(p) * (p - found[i]!.logProbabilities[key]!), 0),
    );
    const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
    expect(other!.loss.divergence).toBeCloseTo(mean(kl), 12);
    expect(other!.ofHead(1).divergence).toBeCloseTo(mean(kl.filter((_, i) => rows[i]!.head === 1)), 12);
    expect(mean([0, 1, 2, 3].map((head) => other!.ofHead(head).topOne))).toBeCloseTo(other!.loss.topOne, 12);
    const squares = [0, 1, 2, 3].map((head) => other!.ofHead(head).maxAbs);
    expect(Math.max(...squares)).toBe(other!.loss.maxAbs);
  });

  it("sees a changed winner", () => {
    const keys = values.keys.map((value, i) => (Math.floor(i / (2 * 8)) === 7 ? -60 * value : value));
    const [other] = finish(
      compareCaches(original, [filled("float32", UNIT_SCALES, { ...values, keys })]),
    ).others;
    expect(other!.loss.topOne).toBeLessThan(1);
  });

  it("is NaN for NaN in the original or in the cache", () => {
    const broken = filled("float32", UNIT_SCALES, { ...values, values: values.values.with(3, NaN) });
    for (const [a, b] of [
      [original, broken],
      [broken, original],
      [broken, broken],
    ] as const) {
      expect(finish(compareCaches(a, [b])).others[0]!.loss.sqnr).toBeNaN();
    }
    const keys = filled("float32", UNIT_SCALES, { ...values, keys: values.keys.with(0, NaN) });
    const [other] = finish(compareCaches(original, [keys])).others;
    expect([other!.loss.divergence, other!.loss.topOne]).toEqual([NaN, 0.5]);
    const [same] = finish(compareCaches(keys, [keys])).others;
    expect(same!.loss.topOne).toBe(0.5);
  });

  it("pauses after each row of each cache", () => {
    const rows = 3 * 4;
    expect([...compareCaches(original, [original, original])]).toHaveLength(2 * rows);
  });

  it("refuses caches of unequal shapes", () => {
    const fewer = { ...original, sequences: { ...original.sequences, queryStarts: Int32Array.of(0, 1) } };
    expect(() => finish(compareCaches(original, [fewer]))).toThrow(RangeError);
  });
});
