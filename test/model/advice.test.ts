import { describe, expect, it } from "vitest";
import { advise, type LayerSummary, type StreamSummary, type Summary } from "../../src/model/advice.js";

const stream = (name: string, pplIncrease: number, pplIncreaseStdErr = 0.001): StreamSummary => ({
  name,
  nll: 2,
  perplexity: Math.exp(2),
  pplIncrease,
  pplIncreaseStdErr,
  klMean: 0,
  klP99: 0,
  top1: 1,
});

const layer = (number: number, changes: Partial<LayerSummary> = {}): LayerSummary => ({
  layer: number,
  localError: 0.03,
  outlier: { head: 0, channel: 3, amax: 9, ratio: 2 },
  k: { clipRate: 0, headRoom: 1 },
  v: { clipRate: 0, headRoom: 1 },
  ...changes,
});

const good: Summary = {
  judged: "stored",
  streams: [stream("16-bit", 0, 0), stream("stored", 0.0004), stream("unit", 0.012)],
  layers: [layer(0), layer(1), layer(2)],
};

describe("advice", () => {
  it("of good scales is that they are good, and nothing else", () => {
    expect(advise(good)).toEqual(["These scales cost nothing that this text can show: +0.040 % perplexity."]);
  });

  it("says so where the judged cache could not be run", () => {
    expect(advise({ ...good, streams: [stream("16-bit", 0, 0)] })).toEqual([
      "The model ran with its 16-bit cache only: an FP8 one needs a usable scale in every layer.",
    ]);
  });

  it("names the layers that cost most", () => {
    const streams = [stream("stored", 0.031)];
    expect(advise({ ...good, streams, layers: [layer(0, { localError: 0.3 }), layer(1), layer(2)] })).toEqual(
      ["This cache costs +3.1 % perplexity, most of it in layer 0."],
    );
    expect(advise({ ...good, streams })[0]).toBe("This cache costs +3.1 % perplexity, all layers alike.");
    const half = [layer(0, { localError: 0.3 }), layer(1, { localError: 0.3 }), layer(2), layer(3)];
    expect(advise({ ...good, streams: [stream("stored", 2.254)], layers: half })[0]).toBe(
      "This cache costs +225 % perplexity, most of it in layers 0 and 1.",
    );
  });

  it("names outlying channels, and what mends them", () => {
    const outlier = { head: 1, channel: 40, amax: 600, ratio: 110 };
    const layers = [layer(0, { outlier }), layer(1), layer(27, { outlier: { ...outlier, ratio: 80 } })];
    const bad = stream("stored", 0.4);
    expect(
      advise({ ...good, layers, streams: [bad, stream("k16-v8", 0.001), stream("per-head", 0.38)] }),
    ).toContain(
      "Layers 0 and 27: K channel outliers of up to 110× the median; keep K in 16 bits there (+0.10 % perplexity), or use per-head scales (+38 % perplexity).",
    );
    expect(advise({ ...good, layers, streams: [bad] })).toContain(
      "Layers 0 and 27: K channel outliers of up to 110× the median; no scale that was tried mends it.",
    );
    expect(advise({ ...good, layers }).join()).not.toContain("outliers");
  });

  it("says how far scales are too small", () => {
    const layers = [layer(4, { k: { clipRate: 0.02, headRoom: 0.25 } }), layer(5)];
    expect(advise({ ...good, layers, streams: [stream("stored", 0.9)] })).toContain(
      "In layer 4 the k scale is up to 4 times too small, and values saturate. Calibrate anew with `kvscale calibrate`.",
    );
  });

  it("says that none would be better, and what would be", () => {
    const streams = [
      stream("stored", 0.031),
      stream("unit", 0.008),
      stream("recalibrated", 0.002),
      stream("per-head", 0.004),
    ];
    expect(advise({ ...good, streams }).slice(1)).toEqual([
      "Scale 1.0 would cost +0.80 % perplexity, yours +3.1 %: these scales are worse than none.",
      "Scales calibrated on this text cost +0.20 % perplexity instead of +3.1 %: try `kvscale calibrate`.",
    ]);
  });

  it("keeps silent about what may be chance", () => {
    const streams = [
      stream("stored", 0.03, 0.02),
      stream("unit", 0.01, 0.02),
      stream("recalibrated", 0, 0.02),
    ];
    expect(advise({ ...good, streams })).toHaveLength(1);
    expect(advise({ ...good, streams })[0]).toBe(
      "This text is too short to tell what these scales cost: +3.0 % ± 2 % perplexity.",
    );
    const sure = [stream("stored", 0.002, 0.015)];
    expect(advise({ ...good, streams: sure })[0]).toContain("cost nothing that this text can show");
  });

  it.each([
    ["KL", { klMean: 0.61 }, "KL 0.61, and 100 %"],
    ["top-1", { top1: 0.549 }, "KL 0.0, and 55 %"],
  ])("does not call a cache free whose %s says otherwise", (_, moved, words) => {
    const [first] = advise({ ...good, streams: [{ ...stream("stored", 0.0053, 0.03), ...moved }] });
    expect(first).toBe(
      `Perplexity does not show it on this text (+0.53 % ± 3 %), but the predictions moved: ${words} of tokens keep their likeliest successor.`,
    );
  });

  it("speaks of wasted range, and of NaN", () => {
    const wide = { clipRate: 0, headRoom: 100 };
    expect(advise({ ...good, layers: [layer(0, { k: wide, v: wide })] })[1]).toContain(
      "less than 1/64 of the range",
    );
    expect(advise({ ...good, streams: [stream("stored", Number.NaN)] })[0]).toContain("computes NaN");
  });
});
