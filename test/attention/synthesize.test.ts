import { describe, expect, it } from "vitest";
import type { LayerShape } from "../../src/attention/layer.js";
import type { CacheScales } from "../../src/attention/problem.js";
import { amaxOfHead, rangeOf } from "../../src/attention/range.js";
import { DISTRIBUTIONS, type Synthesis, synthesize } from "../../src/attention/synthesize.js";
import { FP8_FORMATS } from "../../src/numeric/fp8.js";
import { amax } from "../../src/numeric/metrics.js";

const shape: LayerShape = { heads: 4, kvHeads: 2, keySize: 12, valueSize: 6 };
const tensor: CacheScales = { k: Float32Array.of(0.02), v: Float32Array.of(3) };
const perHead: CacheScales = { k: Float32Array.of(0.02, 5), v: Float32Array.of(3, 2 ** -14) };

const asked = (changes: Partial<Synthesis> = {}): Synthesis => ({
  distribution: "normal",
  seed: 1,
  layer: 0,
  keys: 200,
  queries: 3,
  fit: { scales: tensor, format: "float8_e4m3fn", headRoom: 1 },
  ...changes,
});

it("draws queries, keys and values of the right sizes", () => {
  const { query, keys, values } = synthesize(shape, asked());
  expect([query.length, keys.length, values.length]).toEqual([3 * 4 * 12, 200 * 2 * 12, 200 * 2 * 6]);
});

describe.each(DISTRIBUTIONS)("%s", (distribution) => {
  it.each(Object.keys(FP8_FORMATS) as (keyof typeof FP8_FORMATS)[])(
    "fits its amax to the scale of %s and clips nothing",
    (format) => {
      const fit = { scales: tensor, format, headRoom: 1 };
      const { keys, values } = synthesize(shape, asked({ distribution, fit }));
      for (const [numbers, scale, size] of [
        [keys, tensor.k, 12],
        [values, tensor.v, 6],
      ] as const) {
        const use = rangeOf(numbers, scale, format, { heads: 2, size });
        expect(use.headRoom).toBeCloseTo(1, 5);
        expect(use.clipRate).toBe(0);
      }
    },
  );

  it("fits each head to its own scale", () => {
    const fit = { scales: perHead, format: "float8_e4m3fn" as const, headRoom: 2 };
    const { keys, values } = synthesize(shape, asked({ distribution, fit }));
    for (const head of [0, 1]) {
      expect(amaxOfHead(keys, { heads: 2, size: 12 }, head) / (perHead.k[head]! * 224)).toBeCloseTo(1, 5);
      expect(amaxOfHead(values, { heads: 2, size: 6 }, head) / (perHead.v[head]! * 224)).toBeCloseTo(1, 5);
    }
  });

  it("has the same attention pattern at any scale", () => {
    const logits = (scales: CacheScales) => {
      const fit = { scales, format: "float8_e4m3fn" as const, headRoom: 1 };
      const { query, keys } = synthesize(shape, asked({ distribution, fit }));
      return [0, 1, 2, 3].map((head) => dot(query, head * 12, keys, Math.floor(head / 2) * 12));
    };
    const [small, large, separate] = [tensor, { k: Float32Array.of(64), v: tensor.v }, perHead].map(logits);
    small!.forEach((logit, i) => {
      // The query is rounded to BF16 at each scale.
      expect(large![i]! / logit).toBeCloseTo(1, 1);
      expect(Number.isFinite(separate![i]!)).toBe(true);
    });
  });

  it("gives the same numbers for a seed, others for another seed or layer", () => {
    const drawn = (changes: Partial<Synthesis>) => synthesize(shape, asked({ distribution, ...changes }));
    expect(drawn({})).toEqual(drawn({}));
    expect(drawn({ seed: 2 }).keys).not.toEqual(drawn({}).keys);
    expect(drawn({ layer: 1 }).keys).not.toEqual(drawn({}).keys);
  });

  it("rounds queries to BF16", () => {
    const { query } = synthesize(shape, asked({ distribution }));
    expect([...new Uint32Array(query.buffer)].every((bits) => (bits & 0xffff) === 0)).toBe(true);
  });
});

it("draws outliers a hundred times more often than a normal distribution, and no offset", () => {
  const kurtosis = (distribution: Synthesis["distribution"]) => {
    const { values } = synthesize(shape, asked({ distribution, keys: 4000 }));
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    return moment(4) / moment(2) ** 2;
  };
  expect(kurtosis("normal")).toBeCloseTo(3, 0);
  expect(kurtosis("outliers")).toBeGreaterThan(10);
});

it("offsets two channels of each key and no value", () => {
  const { keys, values } = synthesize(shape, asked({ distribution: "k-offset" }));
  const mean = (channel: number) => {
    const numbers = keys.filter((_, i) => i % 12 === channel);
    return numbers.reduce((sum, value) => sum + value, 0) / numbers.length / amax(keys);
  };
  expect(mean(4)).toBeCloseTo(1, 1);
  expect(mean(8)).toBeCloseTo(-350 / 600, 1);
  expect(Math.abs(mean(0))).toBeLessThan(0.01);
  expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length / amax(values))).toBeLessThan(
    0.05,
  );
});

function dot(a: Float32Array, at: number, b: Float32Array, from: number): number {
  return a.subarray(at, at + 12).reduce((sum, value, i) => sum + value * b[from + i]!, 0);
}
