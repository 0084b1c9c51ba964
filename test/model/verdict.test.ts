import { describe, expect, it } from "vitest";
import { MODEL_THRESHOLDS, modelFaults } from "../../src/model/verdict.js";

const figures = {
  nll: 2,
  perplexity: 7.4,
  pplIncrease: 0.01,
  pplIncreaseStdErr: 0.002,
  klMean: 0,
  klP99: 0,
  top1: 0.9,
};

describe("what a model may lose", () => {
  it.each([
    ["nothing is wrong", {}, {}, []],
    ["perplexity at its limit", { pplIncrease: 0.03 }, {}, []],
    ["perplexity", { pplIncrease: 0.0312 }, {}, ["perplexity rises by 3.12% ± 0.2%, more than 3%"]],
    [
      "a limit of one's own",
      {},
      { maxPplIncrease: 0.005 },
      ["perplexity rises by 1% ± 0.2%, more than 0.5%"],
    ],
    ["agreement", {}, { minTop1: 0.95 }, ["top-1 agreement is 90%, below 95%"]],
    [
      "NaN",
      { pplIncrease: Number.NaN, top1: Number.NaN },
      {},
      ["the model computes NaN with this cache", "top-1 agreement is NaN%, below 0%"],
    ],
  ])("%s", (_, changes, limits, faults) => {
    expect(modelFaults({ ...figures, ...changes }, { ...MODEL_THRESHOLDS, ...limits })).toEqual(faults);
  });
});
