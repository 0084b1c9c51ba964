import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amax, argmax, decibels, deviation, divergence, pairwiseSum } from "../../src/numeric/metrics.js";

describe("deviation", () => {
  it("is known for a small case", () => {
    const { relativeL2, sqnr, maxAbs, cosine } = deviation([3, 4], [3, 4.5]);
    expect(relativeL2).toBeCloseTo(0.1, 15);
    expect(sqnr).toBeCloseTo(20, 12);
    expect(maxAbs).toBe(0.5);
    expect(cosine).toBeCloseTo(27 / (5 * Math.hypot(3, 4.5)), 15);
  });

  it.each([
    ["equal arrays", [1, -2], [1, -2], [0, Infinity, 0, 1]],
    ["two zeros", [0, 0], [0, 0], [0, Infinity, 0, 1]],
    ["nothing", [], [], [0, Infinity, 0, 1]],
    ["an all-zero result", [3, 4], [0, 0], [1, -0, 4, 0]],
    ["an error where nothing was expected", [0, 0], [3, 4], [Infinity, -Infinity, 4, 0]],
    ["an infinite result", [1, 1], [1, Infinity], [Infinity, -Infinity, Infinity, NaN]],
  ])("of %s", (_, expected, actual, [relativeL2, sqnr, maxAbs, cosine]) => {
    expect(deviation(expected, actual)).toEqual({ relativeL2, sqnr, maxAbs, cosine });
  });

  it.each([
    ["expected", [1, NaN], [1, 2]],
    ["actual", [1, 2], [NaN, 2]],
    ["both, at the same place", [1, NaN], [1, NaN]],
    ["infinities that cancel", [1, Infinity], [1, Infinity]],
  ])("is NaN throughout for NaN in %s", (_, expected, actual) => {
    expect(Object.values(deviation(expected, actual))).toEqual([NaN, NaN, NaN, NaN]);
  });

  it("sees a missing factor that cosine cannot see", () => {
    const values = [1, 2, 3];
    const halved = deviation(
      values,
      values.map((value) => value / 2),
    );
    expect(halved.cosine).toBeCloseTo(1, 15);
    expect(halved.sqnr).toBeCloseTo(decibels(0.5), 12);
  });

  it("refuses arrays of unequal length", () => {
    expect(() => deviation([1], [1, 2])).toThrow(RangeError);
    expect(() => divergence([0], [])).toThrow(RangeError);
  });
});

describe("divergence", () => {
  const log = (distribution: readonly number[]) => distribution.map(Math.log);

  it("is known for a small case", () => {
    const expected = 0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75);
    expect(divergence(log([0.5, 0.5]), log([0.25, 0.75]))).toBeCloseTo(expected, 15);
  });

  it("ignores outcomes without mass, is infinite for impossible ones, and stays finite below underflow", () => {
    expect(divergence(log([1, 0]), log([1, 0]))).toBe(0);
    expect(divergence(log([1, 0]), log([0.5, 0.5]))).toBeCloseTo(Math.LN2, 15);
    expect(divergence(log([0.5, 0.5]), log([1, 0]))).toBe(Infinity);
    expect(divergence([0, -1000], [-2000, 0])).toBeCloseTo(2000, 9);
  });

  it("is NaN where a distribution is", () => {
    expect(divergence([NaN, 0], [0, 0])).toBeNaN();
    expect(divergence([-Infinity, 0], [NaN, 0])).toBeNaN();
  });

  it("is zero where rounding alone would make it negative", () => {
    expect(divergence([0, -Infinity], [1e-17, 0])).toBe(0);
  });

  it("is never negative, and zero only for equal distributions", () => {
    const weights = fc.array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(weights, weights, (a, b) => divergence(normalised(a), normalised(b)) >= 0),
      { seed: 3 },
    );
  });

  const normalised = (weights: readonly number[]) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => Math.log(weight / total));
  };
});

it("finds the first of the largest, and nothing in an array with NaN", () => {
  expect([argmax([1, 3, 3]), argmax([-Infinity]), argmax([]), argmax([1, NaN, 9])]).toEqual([1, 0, -1, -1]);
});

it("takes the largest magnitude, not the largest value, and lets NaN through", () => {
  expect([amax([1, -3, 2]), amax([]), amax([NaN, 1]), amax([1, NaN])]).toEqual([3, 0, NaN, NaN]);
});

it("sums pairwise: a million tenths lose a hundred times less than in a running sum", () => {
  const count = 1 << 20;
  const running = Array.from({ length: count }, () => 0.1).reduce((sum, value) => sum + value, 0);
  const pairwise = pairwiseSum(count, () => 0.1);
  expect(Math.abs(pairwise - count * 0.1)).toBeLessThan(1e-9);
  expect(Math.abs(running - count * 0.1)).toBeGreaterThan(1e-7);
  expect(pairwiseSum(1000, (i) => i)).toBe(499_500);
});
