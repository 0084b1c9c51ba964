import { describe, expect, it } from "vitest";
import { htmlPage } from "../../../src/report/html/page.js";
import type { Page } from "../../../src/report/page/page.js";
import { checkpoint, hostile } from "../../operations/desk.js";
import { CHROMIUM, measured } from "../../support/browser.js";
import { inspected, ranModel, verified } from "../../support/pages.js";

const PAGES: readonly (readonly [string, () => Promise<Page>])[] = [
  ["inspect, scales of heads", () => inspected(checkpoint("llm-compressor-heads"))],
  ["inspect, hostile names", () => inspected(hostile("control-characters"))],
  ["inspect, three stacks of layers", () => inspected(checkpoint("whisper"))],
  ["verify", () => verified(checkpoint("autofp8"))],
  [
    "verify, limits that nearly meet",
    () => verified(checkpoint("autofp8"), { thresholds: { minSqnr: 26, failSqnr: 25.5 } }),
  ],
  [
    "verify, of a model",
    async () => {
      const { report, page } = await ranModel();
      return page(report);
    },
  ],
];

describe.skipIf(CHROMIUM === undefined)("laid out by Chromium (skipped where there is none)", () => {
  it.each(PAGES)("%s: nothing sticks out, no drawing is empty, no text covers another", async (_, page) => {
    const widths = [1280, 390, 320];
    const found = measured(htmlPage(await page()), widths);
    expect(found.map(({ scrollWidth }) => scrollWidth)).toEqual(widths);
    for (const [at, { drawings, overlaps, wide }] of found.entries()) {
      expect([widths[at], wide, overlaps]).toEqual([widths[at], [], []]);
      expect(drawings.length).toBeGreaterThan(0);
      for (const drawing of drawings) {
        expect(drawing.outside).toBe(0);
        expect(drawing.inside).toBeGreaterThan(0);
        expect(drawing.width).toBeGreaterThan(widths[at]! / 2);
      }
    }
  });
});
