import { describe, expect, it } from "vitest";
import { decibels } from "../../../src/numeric/metrics.js";
import type { VerifiedLayer } from "../../../src/operations/verify.js";
import { htmlPage } from "../../../src/report/html/page.js";
import { markdownPage } from "../../../src/report/markdown/page.js";
import type { Figure } from "../../../src/report/page/page.js";
import type { Plot } from "../../../src/report/page/plot.js";
import { verifyVerdict } from "../../../src/report/page/verify-verdict.js";
import { checkpoint } from "../../operations/desk.js";
import { ranModel, verified, verifiedReport } from "../../support/pages.js";

type Level = VerifiedLayer["level"];

async function verdictOf(levels: readonly Level[]): Promise<string> {
  const { report } = await ranModel();
  const layers = levels.map((level, layer) => ({ ...report.layers[0]!, layer, level }));
  const level = levels.includes("fail") ? "fail" : levels.includes("warn") ? "warn" : "ok";
  return verifyVerdict({ ...report, layers, level }).text;
}

describe("the verdict of verify", () => {
  it.each<[Level[], string]>([
    [["fail"], "The layer fails"],
    [["fail", "ok"], "1 layer of 2 fails"],
    [["fail", "fail", "ok"], "2 layers of 3 fail"],
    [["fail", "fail"], "All 2 layers fail"],
    [["warn", "ok"], "Usable, with warnings on 1 layer of 2"],
    [["ok"], "The layer is ok"],
    [["ok", "ok"], "All 2 layers are ok"],
  ])("of %j is %j", async (levels, text) => {
    expect(await verdictOf(levels)).toBe(text);
  });
});

it("the verdict of a layer that fails by clipping says so, whatever SQNR others have", async () => {
  const { report } = await ranModel();
  const [first] = report.layers;
  const reasons = ["3 % of k saturate, more than 0.01 %"];
  const clipping = { ...first!, layer: 7, level: "fail" as const, reasons, figures: withSqnr(first!, 26) };
  const worse = { ...first!, layer: 8, level: "warn" as const, figures: withSqnr(first!, 22) };
  const { why } = verifyVerdict({ ...report, layers: [worse, clipping], level: "fail" });
  expect(why).toBe("Layer 7: 3 % of k saturate, more than 0.01 %.");
});

function withSqnr({ figures }: VerifiedLayer, sqnr: number) {
  return { ...figures!, loss: { ...figures!.loss, sqnr } };
}

describe("the figures on top", () => {
  const topOf = ({ figures }: { figures: readonly Figure[] }) =>
    figures.map(({ label, value, mood }) => [label, value, mood]);

  it("name layers whose scales cannot be used before the worst of the others", async () => {
    const { report, page } = await verifiedReport(checkpoint("autofp8"));
    const [first, ...rest] = report.layers;
    const broken = { ...first!, level: "fail" as const, figures: null };
    const top = topOf(page({ ...report, layers: [broken, ...rest] }));
    expect(top[0]).toEqual(["unusable", "1 layer", "bad"]);
    expect(top[1]![0]).toBe("worst of the others");
    expect(topOf(page(report))[0]![0]).toBe("worst layer");
  });
});

describe("SQNR in the model", () => {
  it("is drawn in decibels, local and accumulated, and told in a table in HTML and Markdown", async () => {
    const { report, page } = await ranModel();
    const whole = page(report);
    const { parts } = whole.sections.find(({ title }) => title === "SQNR by layer, in the model")!;
    const [local, accumulated] = parts as [Plot, Plot];
    expect([local.label, accumulated.label]).toEqual([
      "SQNR by layer, local: attention output",
      "SQNR by layer, accumulated: residual after the layer",
    ]);
    for (const [at, { streams }] of report.model!.layers.entries()) {
      const stored = streams.find(({ name }) => name === "stored")!;
      expect([local.unit, local.series[0]!.name, local.axis]).toEqual(["dB", "stored", "linear"]);
      expect(local.series[0]!.values[at]).toBe(decibels(stored.local.relativeL2));
      expect(accumulated.series[0]!.values[at]).toBe(decibels(stored.accumulated));
      for (const text of [htmlPage(whole), markdownPage(whole)])
        expect(text).toContain(decibels(stored.accumulated).toFixed(1));
    }
  });
});

describe("the scales that were judged", () => {
  const titlesOf = ({ sections }: Awaited<ReturnType<typeof verified>>) =>
    sections.filter(({ parts }) => parts.length > 0).map(({ title }) => title);
  const REF = checkpoint("autofp8");

  it("are drawn once: by the checkpoint's own section, or by one of theirs", async () => {
    const own = titlesOf(await verified(REF));
    expect([own.includes("Scales"), own.includes("Scales that were judged")]).toEqual([true, false]);
    const others = await verified(REF, { scales: checkpoint("llm-compressor-heads") });
    expect(titlesOf(others)).toContain("Scales that were judged");
    expect(markdownPage(others)).toContain("Scale by layer, the largest of its heads");
  });

  it("are told in a sentence where all are 1.0", async () => {
    expect(htmlPage(await verified(REF, { scales: "unit" }))).toContain("1.0 for every layer.");
  });

  it("of a checkpoint without any leave out what engines would make of it", async () => {
    const page = await verified(checkpoint("base-indexed"), { scales: REF, fit: REF });
    expect(titlesOf(page)).toContain("Scales that were judged");
    expect(titlesOf(page)).not.toContain("Engines");
  });
});
