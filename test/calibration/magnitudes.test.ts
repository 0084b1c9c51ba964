import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addMagnitudes,
  countMagnitudes,
  type Magnitudes,
  noMagnitudes,
  quantile,
} from "../../src/calibration/magnitudes.js";

const heads = (count: number) => Array.from({ length: count }, noMagnitudes);

function counted(values: readonly number[], { count = 1, size = 1 } = {}): Magnitudes[] {
  const all = heads(count);
  countMagnitudes(all, Float32Array.from(values), size);
  return all;
}

describe("magnitudes", () => {
  it("are kept by head, of rows that take the heads in turn", () => {
    const [first, second] = counted([1, -2, 30, 40, -5, 3, 10, 20], { count: 2, size: 2 });
    expect([first?.amax, second?.amax]).toEqual([5, 40]);
    expect(first?.counts.reduce((sum, count) => sum + count)).toBe(4);
  });

  it("leave NaN and infinity apart", () => {
    const [head] = counted([Number.NaN, Number.POSITIVE_INFINITY, -3, Number.NEGATIVE_INFINITY]);
    expect(head).toMatchObject({ amax: 3, notFinite: 3 });
  });

  it("are exact for the smallest and the largest float32", () => {
    expect(counted([2 ** -149])[0]?.amax).toBe(2 ** -149);
    expect(counted([-3.4028234663852886e38])[0]?.amax).toBe(3.4028234663852886e38);
  });

  it("add up to what one run finds, whatever the parts", () => {
    const floats = fc.array(fc.float(), { maxLength: 40 });
    fc.assert(
      fc.property(floats, floats, (a, b) => {
        const [whole] = counted([...a, ...b]);
        expect(addMagnitudes(counted(a)[0]!, counted(b)[0]!)).toEqual(whole);
        expect(addMagnitudes(counted(b)[0]!, counted(a)[0]!)).toEqual(whole);
      }),
    );
  });
});

describe("a quantile", () => {
  it("is within a class, a sixteenth of an octave, of the sorted value's", () => {
    const some = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(some, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const sorted = Array.from(Float32Array.from(values)).sort((a, b) => a - b);
        const exact = sorted[Math.ceil(share * sorted.length - 1e-9) - 1]!;
        const found = quantile(counted(values)[0]!, share);
        expect(found / exact).toBeGreaterThan(1 / (1 + 1 / 16) - 1e-9);
        expect(found / exact).toBeLessThan(1 + 1 / 16 + 1e-9);
      }),
    );
  });

  it("of everything is the largest value itself", () => {
    expect(quantile(counted([0.1, 5.545048236846924, 3])[0]!, 1)).toBe(Math.fround(5.545048236846924));
  });

  it("of nothing is zero", () => {
    expect(quantile(noMagnitudes(), 0.5)).toBe(0);
  });
});
