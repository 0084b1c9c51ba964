import { describe, expect, it } from "vitest";
import { erfc } from "../../src/numeric/erf.js";

/** By the C library's erfc, as Python prints it. */
const VALUES: readonly (readonly [x: number, erfc: number])[] = [
  [0, 1],
  [0.1, 0.8875370839817152],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [2.5, 0.0004069520174449589],
  [3, 2.209049699858544e-5],
  [5, 1.5374597944280349e-12],
  [10, 2.088487583762545e-45],
  [-1, 1.8427007929497148],
  [-6, 2],
  [30, 0],
  [Infinity, 0],
  [-Infinity, 2],
];

describe("erfc", () => {
  it.each(VALUES)("of %d is %d", (x, expected) => {
    expect(Math.abs(erfc(x) - expected)).toBeLessThanOrEqual(2e-12 * expected);
  });

  it("keeps NaN", () => {
    expect(erfc(Number.NaN)).toBeNaN();
  });

  it("does not jump where its expansions meet", () => {
    const [below, above] = [erfc(2.5 - 2 ** -51), erfc(2.5)];
    expect(Math.abs(below - above) / above).toBeLessThan(1e-11);
  });
});
