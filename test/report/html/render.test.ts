import { describe, expect, it } from "vitest";
import { htmlPage } from "../../../src/report/html/page.js";
import { channelsSection } from "../../../src/report/page/outliers.js";
import type { Page, Section } from "../../../src/report/page/page.js";
import { checkpoint, hostile } from "../../operations/desk.js";
import { CHROMIUM, measured } from "../../support/browser.js";
import { calibratedPage, inspected, ranModel, verified } from "../../support/pages.js";

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
  ["calibrate", () => calibratedPage()],
  ["calibrate by search, per head", () => calibratedPage({ method: "mse", granularity: "head" })],
  ["maps of many layers and heads", async () => manyLayers(await calibratedPage())],
];

/** The page with maps as large as those of the largest models, and names that nobody foresaw. */
function manyLayers(page: Page): Page {
  const layers = Array.from({ length: 126 }, (_, at) => ({
    ...{ name: String(at), title: `model.${"nested.".repeat(9)}layers.${at}.self_attn`, kvHeads: 8 },
    channels: Array.from({ length: 8 * 128 }, (_, channel) =>
      channel === 7 * at ? 60 - at / 9 : 1 + (channel % 5) / 4,
    ),
  }));
  const columns = layers;
  const rows = Array.from({ length: 128 }, (_, head) => `head ${head}`);
  const cells = rows.map((_, head) => columns.map((_, at) => 30 - ((at * head) % 13)));
  const heat = { kind: "heat", label: "SQNR", unit: "dB", worst: "low", columns, rows, cells } as const;
  const scales: Section = { title: "Query heads", parts: [heat] };
  const subject = `${"a".repeat(120)}/${"very-long-name-".repeat(9)}`;
  return { ...page, subject, sections: [channelsSection(layers), scales, ...page.sections] };
}

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
