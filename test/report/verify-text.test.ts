import { describe, expect, it } from "vitest";
import type { VerifiedLayer } from "../../src/operations/verify.js";
import { verifyCases } from "../../src/report/cases.js";
import { verifyPage } from "../../src/report/page/verify-page.js";
import { plain } from "../../src/report/paint.js";
import { verifyText } from "../../src/report/verify-text.js";
import { ranModel } from "../support/pages.js";
import { PROVENANCE } from "../support/provenance.js";

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

  it("tells of a failing layer before those that are only warned about, also where these lose more", async () => {
    const { report } = await ranModel();
    const { figures } = report.layers[0]!;
    const judged = (layer: number, level: "warn" | "fail", sqnr: number, reason: string): VerifiedLayer => {
      const loss = { ...figures!.loss, sqnr };
      return { ...report.layers[0]!, layer, level, reasons: [reason], figures: { ...figures!, loss } };
    };
    const warned = Array.from({ length: 20 }, (_, at) => judged(at, "warn", 21 + at / 10, "low"));
    const clipped = judged(20, "fail", 27, "values saturate");
    const layers = [...warned, clipped, { ...clipped, layer: 21, figures: null, reasons: ["no scale"] }];
    const text = verifyText({ ...report, layers }, { width: 100, paint: plain }, false);
    expect([...text.matchAll(/^ +(\d+) {2}(?:fail|warn) /gm)].slice(0, 4).map(([, layer]) => layer)).toEqual([
      "21",
      "20",
      "0",
      "1",
    ]);
    expect(text).toMatch(/^ {2}fail {2}layer 21: no scale\n {2}fail {2}layer 20: values saturate$/m);
    const why = verifyPage({ ...report, layers }, undefined, PROVENANCE).sections.find(
      ({ title }) => title === "Why",
    );
    const told = why!.parts
      .flatMap((part) => (part.kind === "notes" ? part.notes : []))
      .map(({ text }) => text);
    expect(told.slice(0, 3)).toEqual(["no scale", "values saturate", "low"]);
  });

  it("names the layers that no other scale would mend, and only those", async () => {
    const { report } = await ranModel();
    const [first] = report.layers;
    const withSqnr = (layer: number, own: number, ideal: number): VerifiedLayer => {
      const { figures } = first!;
      const contrast = { ...figures!.contrast, ideal: { ...figures!.contrast.ideal, sqnr: ideal } };
      return { ...first!, layer, figures: { ...figures!, loss: { ...figures!.loss, sqnr: own }, contrast } };
    };
    const text = (...layers: VerifiedLayer[]) =>
      verifyText({ ...report, layers }, { width: 300, paint: plain }, false);
    const mixed = text(
      withSqnr(0, 17, 18),
      withSqnr(1, 17, 24),
      withSqnr(2, 21, 21),
      withSqnr(3, 17, 19.9),
      withSqnr(4, 12, 19.9),
    );
    expect(mixed).toMatch(
      /^ {2}- Layers 0, 3: not the scales' fault, the ideal ones stay below 20 dB too\./m,
    );
    expect(text(withSqnr(1, 17, 24))).not.toContain("not the scales' fault");
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
