import { describe, expect, it } from "vitest";
import { scoredRows, streamFigures, type TokenFigures } from "../../src/model/perplexity.js";

const figures = (nll: readonly number[], kl: readonly number[], top: readonly number[]): TokenFigures => ({
  nll: Float64Array.from(nll),
  kl: Float64Array.from(kl),
  top: Int32Array.from(top),
});

describe("figures of a stream", () => {
  const reference = figures([1, 2, 3, Number.NaN], [0, 0, 0, 0], [5, 6, 7, 8]);
  const scored = Int32Array.of(0, 1, 2);

  it("of the reference itself: no increase, no error, all agree", () => {
    expect(streamFigures(reference, reference, scored)).toEqual({
      nll: 2,
      perplexity: Math.exp(2),
      pplIncrease: 0,
      pplIncreaseStdErr: 0,
      klMean: 0,
      klP99: 0,
      top1: 1,
    });
  });

  it("are paired: the error is that of the differences, not of the tokens", () => {
    const own = figures([1.1, 2.3, 3.2, Number.NaN], [0.1, 0.3, 0.2, 9], [5, 0, 7, 0]);
    const found = streamFigures(own, reference, scored);
    // Differences 0.1, 0.3, 0.2: mean 0.2, sample deviation 0.1, error of the mean 0.1 / √3.
    expect(found.nll).toBeCloseTo(2.2, 12);
    expect(found.pplIncrease).toBeCloseTo(Math.exp(0.2) - 1, 12);
    expect(found.pplIncreaseStdErr).toBeCloseTo((Math.exp(0.2) * 0.1) / Math.sqrt(3), 12);
    expect(found.klMean).toBeCloseTo(0.2, 12);
    expect(found.klP99).toBe(0.3);
    expect(found.top1).toBeCloseTo(2 / 3, 12);
  });

  it("show a NaN of a scored token in every figure that it enters", () => {
    const broken = figures([1, Number.NaN, 3, 0], [0, Number.NaN, 0, 0], [5, -1, 7, 8]);
    const found = streamFigures(broken, reference, scored);
    expect([found.nll, found.pplIncrease, found.klMean, found.klP99]).toEqual([NaN, NaN, NaN, NaN]);
    expect(found.top1).toBeCloseTo(2 / 3, 12);
  });

  it("need a token", () => {
    expect(() => streamFigures(reference, reference, new Int32Array(0))).toThrow(RangeError);
    expect(scoredRows(Int32Array.of(4, -1, 0))).toEqual(Int32Array.of(0, 2));
  });
});
