import { describe, expect, it } from "vitest";
import type { AttentionLoss } from "../../src/attention/loss.js";
import type { RangeUse } from "../../src/attention/range.js";
import { type JudgedFigures, judge, THRESHOLDS, worst } from "../../src/attention/verdict.js";

const loss: AttentionLoss = {
  relativeL2: 0.03,
  sqnr: 30,
  maxAbs: 0.1,
  cosine: 0.999,
  divergence: 1e-4,
  topOne: 1,
};
const range: RangeUse = { amax: 4, clipRate: 0, subnormalRate: 0, headRoom: 1 };

const figures = (changes: {
  loss?: Partial<AttentionLoss>;
  k?: Partial<RangeUse>;
  v?: Partial<RangeUse>;
}): JudgedFigures => ({
  loss: { ...loss, ...changes.loss },
  k: { ...range, ...changes.k },
  v: { ...range, ...changes.v },
});

describe("judge by the thresholds of e4m3", () => {
  it.each([
    ["a good layer", figures({}), "ok", []],
    ["exactly 25 dB", figures({ loss: { sqnr: 25 } }), "ok", []],
    ["no error at all", figures({ loss: { sqnr: Infinity } }), "ok", []],
    ["just below 25 dB", figures({ loss: { sqnr: 24.99 } }), "warn", ["SQNR is 25.0 dB, below 25 dB"]],
    ["exactly 20 dB", figures({ loss: { sqnr: 20 } }), "warn", ["SQNR is 20.0 dB, below 25 dB"]],
    ["just below 20 dB", figures({ loss: { sqnr: 19.9 } }), "fail", ["SQNR is 19.9 dB, below 20 dB"]],
    [
      "nothing but error",
      figures({ loss: { sqnr: -Infinity } }),
      "fail",
      ["SQNR is -Infinity dB, below 20 dB"],
    ],
    ["NaN in one figure", figures({ loss: { divergence: NaN } }), "fail", ["the figures contain NaN"]],
    ["NaN among the keys", figures({ k: { amax: NaN } }), "fail", ["the figures contain NaN"]],
    ["one key in ten thousand clipped", figures({ k: { clipRate: 1e-4 } }), "ok", []],
    [
      "more keys clipped",
      figures({ k: { clipRate: 2e-4 } }),
      "fail",
      ["0.020% of k saturate, more than 0.010%"],
    ],
    [
      "more values clipped",
      figures({ v: { clipRate: 0.5 } }),
      "fail",
      ["50% of v saturate, more than 0.010%"],
    ],
  ] as const)("%s", (_, judged, level, reasons) => {
    expect(judge(judged, THRESHOLDS.float8_e4m3fn)).toEqual({ level, reasons });
  });

  it("lets a failure outrank a warning, and gives every reason", () => {
    const judged = judge(
      figures({ loss: { sqnr: 21 }, k: { clipRate: 1 }, v: { clipRate: 1 } }),
      THRESHOLDS.float8_e4m3fn,
    );
    expect(judged.level).toBe("fail");
    expect(judged.reasons).toHaveLength(3);
  });

  it("fails whatever NaN there is", () => {
    for (const key of Object.keys(loss)) {
      expect(judge(figures({ loss: { [key]: NaN } }), THRESHOLDS.float8_e4m3fn).level, key).toBe("fail");
    }
    expect(judge(figures({ v: { clipRate: NaN } }), THRESHOLDS.float8_e4m3fn).level).toBe("fail");
  });
});

it("asks 6 dB less of e5m2, and the same of fnuz as of e4m3fn", () => {
  expect(THRESHOLDS).toEqual({
    float8_e4m3fn: { minSqnr: 25, failSqnr: 20, maxClipRate: 1e-4 },
    float8_e4m3fnuz: { minSqnr: 25, failSqnr: 20, maxClipRate: 1e-4 },
    float8_e5m2: { minSqnr: 19, failSqnr: 14, maxClipRate: 1e-4 },
  });
});

it("takes the worst of some levels", () => {
  expect([worst([]), worst(["ok"]), worst(["warn", "ok"]), worst(["fail", "warn"])]).toEqual([
    "ok",
    "ok",
    "warn",
    "fail",
  ]);
});
