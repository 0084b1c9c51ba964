import { describe, expect, it } from "vitest";
import { amaxOfHead, idealScales, rangeOf } from "../../src/attention/range.js";

const two = { heads: 2, size: 2 };
/** Two rows of two heads of two numbers. */
const values = Float32Array.of(448, -1, 0, 0.001, -2, 896, 0.5, 1);

describe("rangeOf", () => {
  it("counts what saturates and what is subnormal, in float32 quotients", () => {
    expect(rangeOf(values, Float32Array.of(1), "float8_e4m3fn", two)).toEqual({
      amax: 896,
      clipRate: 1 / 8,
      subnormalRate: 1 / 7,
      headRoom: 0.5,
    });
  });

  it("rounds the quotient to float32 as the writer does, here down to the largest code", () => {
    const scale = Math.fround(0.3);
    const value = Math.fround(448 * scale);
    expect(value / scale).toBeGreaterThan(448);
    const use = rangeOf(Float32Array.of(value), Float32Array.of(scale), "float8_e4m3fn", {
      heads: 1,
      size: 1,
    });
    expect(use.clipRate).toBe(0);
  });

  it("clips nothing at the ideal scale, whatever its rounding", () => {
    for (let i = 1; i <= 2000; i++) {
      const peak = Float32Array.of(Math.sin(i) * 3 ** (i % 40));
      const shape = { heads: 1, size: 1 };
      const scale = idealScales(peak, "float8_e4m3fn", shape, "tensor");
      expect(rangeOf(peak, scale, "float8_e4m3fn", shape).clipRate).toBe(0);
    }
  });

  it("takes each head at its own scale", () => {
    const scales = Float32Array.of(2, 0.25);
    expect(rangeOf(values, scales, "float8_e4m3fn", two).clipRate).toBe(0);
    expect(rangeOf(values, scales.toReversed(), "float8_e4m3fn", two).clipRate).toBe(2 / 8);
  });

  it("looks at one head alone", () => {
    expect(rangeOf(values, Float32Array.of(1), "float8_e4m3fn", two, 1)).toEqual({
      amax: 1,
      clipRate: 0,
      subnormalRate: 1 / 3,
      headRoom: 448,
    });
  });

  it.each([
    ["float8_e4m3fn", 448, 2 ** -6],
    ["float8_e4m3fnuz", 240, 2 ** -7],
    ["float8_e5m2", 57344, 2 ** -14],
  ] as const)("knows the ends of %s", (format, largest, smallest) => {
    const at = (value: number) =>
      rangeOf(Float32Array.of(value), Float32Array.of(1), format, { heads: 1, size: 1 });
    expect(at(-largest)).toMatchObject({ clipRate: 0, subnormalRate: 0, headRoom: 1 });
    expect(at(largest * (1 + 2 ** -20)).clipRate).toBe(1);
    expect(at(smallest).subnormalRate).toBe(0);
    expect(at(smallest * (1 - 2 ** -20)).subnormalRate).toBe(1);
    expect(at(0)).toEqual({ amax: 0, clipRate: 0, subnormalRate: 0, headRoom: Infinity });
  });

  it.each([
    ["a value", Float32Array.of(NaN, 1, 1, 1), 1],
    ["the scale", Float32Array.of(1, 1, 1, 1), NaN],
  ])("counts NaN of %s as clipped", (_, numbers, scale) => {
    expect(rangeOf(numbers, Float32Array.of(scale), "float8_e4m3fn", two).clipRate).toBeGreaterThan(0);
  });

  it("lets NaN show in amax and head-room", () => {
    const use = rangeOf(Float32Array.of(1, NaN, 1, 1), Float32Array.of(1), "float8_e4m3fn", two);
    expect([use.amax, use.headRoom]).toEqual([NaN, NaN]);
  });
});

describe("idealScales", () => {
  it("puts the largest magnitude on the largest code, of the tensor or of each head", () => {
    expect([...idealScales(values, "float8_e4m3fn", two, "tensor")]).toEqual([2]);
    expect([...idealScales(values, "float8_e4m3fn", two, "head")]).toEqual([2, Math.fround(1 / 448)]);
    expect(amaxOfHead(values, two, 1)).toBe(1);
  });

  it.each([[0], [NaN], [Infinity], [2 ** -149]])(
    "is 1 where nothing can be divided by amax / largest: %s",
    (value) => {
      expect([
        ...idealScales(Float32Array.of(value), "float8_e4m3fn", { heads: 1, size: 1 }, "tensor"),
      ]).toEqual([1]);
    },
  );
});
