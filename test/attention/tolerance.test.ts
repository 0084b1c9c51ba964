import { describe, expect, it } from "vitest";
import { boundsOf, checkKernel, TOLERANCES } from "../../src/attention/tolerance.js";

const exact = { out: Float64Array.of(1, -2, 0.5, 0, 30), lse: Float64Array.of(3, -Infinity) };
const bounds = { keys: 1024, peak: 40, rms: 1, halfQuery: true };
const float32 = TOLERANCES.float32;
const bf16 = TOLERANCES["bfloat16-dot"];

const off = (error: number, at = 0) => ({ ...exact, out: exact.out.with(at, exact.out[at]! + error) });
const lse = (error: number) => ({ ...exact, lse: exact.lse.with(0, 3 + error) });
const size = Math.hypot(1, 2, 0.5, 30);

describe("a float32 kernel", () => {
  it.each([
    ["no error", exact, true],
    ["an error within 2e-6 of the whole", off(1.9e-6 * size), true],
    ["an error beyond it", off(2.1e-6 * size), false],
    ["an lse within 1e-5", lse(0.9e-5), true],
    ["an lse beyond it", lse(1.1e-5), false],
    ["a visible key where there is none", { ...exact, lse: Float64Array.of(3, -50) }, false],
    ["NaN", off(NaN), false],
    ["NaN in lse", lse(NaN), false],
    ["zeros", { ...exact, out: new Float64Array(5) }, false],
  ])("%s: %#", (_, found, holds) => {
    expect(checkKernel(exact, found, bounds, float32).holds).toBe(holds);
  });

  it("may be off by more over more keys, but by no single element more than 1e-5 of the largest value", () => {
    const long = { ...bounds, keys: 1024 * 1024 };
    expect(checkKernel(exact, off(6e-5), long, float32).holds).toBe(true);
    expect(checkKernel(exact, off(6e-5), { ...long, peak: 1 }, float32).holds).toBe(false);
  });

  it("may be off by more where logits are large", () => {
    const far = { ...exact, lse: Float64Array.of(320, -Infinity) };
    expect(checkKernel(far, { ...far, out: off(2e-4).out }, bounds, float32).holds).toBe(true);
  });
});

describe("a kernel with BF16 products", () => {
  it.each([
    ["within a hundredth of the values' size", off(0.009, 3), true],
    ["beyond it, where nothing was expected", off(0.011, 3), false],
    ["beyond it, but within 2.01/128 of the element", off(0.03, 1), true],
    ["beyond both", off(0.04, 1), false],
    ["a lost factor", { ...exact, out: exact.out.map((value) => value * 1.02) }, false],
    ["lse off by more than a float32 rounding", lse(2e-5), false],
  ])("%s", (_, found, holds) => {
    expect(checkKernel(exact, found, bounds, bf16).holds).toBe(holds);
  });

  it("may not be turned by many small errors that each would be let through", () => {
    const many = { out: new Float64Array(200).fill(1), lse: exact.lse };
    const turned = (error: number) => ({
      ...many,
      out: many.out.map((value, i) => value + (i % 2 ? error : -error)),
    });
    expect(checkKernel(many, turned(0.002), bounds, bf16).holds).toBe(true);
    expect(checkKernel(many, turned(0.009), bounds, bf16).holds).toBe(false);
  });

  it("may be off in lse where BF16 cannot hold the query", () => {
    expect(checkKernel(exact, lse(0.009), { ...bounds, halfQuery: false }, bf16).holds).toBe(true);
    expect(checkKernel(exact, lse(0.011), { ...bounds, halfQuery: false }, bf16).holds).toBe(false);
  });
});

it("finds the bounds of a layer", () => {
  const found = boundsOf(7, Float32Array.of(3, -4), Float32Array.of(1, 1.0078125));
  expect(found).toEqual({ keys: 7, peak: 4, rms: Math.sqrt(12.5), halfQuery: true });
  expect(boundsOf(7, Float32Array.of(1), Float32Array.of(1.001)).halfQuery).toBe(false);
});
