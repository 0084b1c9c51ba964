import { describe, expect, it } from "vitest";
import { verifyCases } from "../../src/report/cases.js";
import { plain } from "../../src/report/paint.js";
import { verifyText } from "../../src/report/verify-text.js";
import { ranModel } from "../support/pages.js";

describe("verify of a model for people", () => {
  it.each([80, 100, 200])("is no wider than %i columns", async (width) => {
    const { report } = await ranModel();
    const long = report.layers.map((layer) => ({ ...layer, k: [0.00012345678], v: [0.00012345678] }));
    const text = verifyText({ ...report, layers: long }, { width, paint: plain }, true);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).toMatch(/^layer +k +v +SQNR dB/m);
    expect(text.includes("rel. L2")).toBe(width >= 100);
  });

  it("ends with the caches, why the model fails, and what to do", async () => {
    const { report } = await ranModel();
    const model = { ...report.model!, faults: ["perplexity rises"], advice: ["Do this."] };
    const text = verifyText({ ...report, model }, { width: 100, paint: plain }, false);
    expect(text).toMatch(/^k16-v8 +\d+\.\d+ +[+−]/m);
    expect(text).toMatch(/^ {2}fail {2}perplexity rises\n {2}- Do this\.$/m);
  });

  it("says that the model fails where no layer does, and so does a test report", async () => {
    const { report } = await ranModel();
    const layers = report.layers.map((layer) => ({ ...layer, level: "ok" as const, reasons: [] }));
    const model = { ...report.model!, faults: ["perplexity rises"] };
    const failing = { ...report, layers, model, level: "fail" as const };
    expect(verifyText(failing, { width: 80, paint: plain }, false)).toMatch(/^made-up {2}the model fails\n/);
    const cases = verifyCases(failing);
    expect(cases.at(-1)).toMatchObject({ suite: "model", outcome: "failed", message: "perplexity rises" });
    expect(verifyCases({ ...failing, model: null })).toHaveLength(layers.length);
  });
});
