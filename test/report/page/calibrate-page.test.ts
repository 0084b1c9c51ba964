import { describe, expect, it } from "vitest";
import { FP8_FORMATS } from "../../../src/numeric/fp8.js";
import { htmlPage } from "../../../src/report/html/page.js";
import { markdownPage } from "../../../src/report/markdown/page.js";
import { calibratePage } from "../../../src/report/page/calibrate-page.js";
import { scaleText } from "../../../src/report/words.js";
import { type Element, elementsOf, hasClass, parseMarkup } from "../../support/markup-tree.js";
import { calibrated, calibratedPage } from "../../support/pages.js";
import { PROVENANCE } from "../../support/provenance.js";

const LAYERS = 4;
const FORMS = [
  ["max", {}],
  ["percentile", { method: "percentile", percentile: 0.99 }],
  ["mse", { method: "mse" }],
  ["one scale a head", { granularity: "head" }],
  ["mse of heads", { method: "mse", granularity: "head", format: "float8_e4m3fnuz" }],
] as const;

const drawing = (tree: Element, label: RegExp) =>
  elementsOf(tree, ({ attributes }) => label.test(attributes.get("aria-label") ?? ""))[0]!;
const marksIn = (element: Element, mark: string) => elementsOf(element, (own) => hasClass(own, mark)).length;
const titlesOf = (text: string) =>
  elementsOf(parseMarkup(text), ({ name }) => name === "h2").map((element) => element.text);

describe.each(FORMS)("the page of calibrate, %s", (_, input) => {
  it("has the result on top, then scales, candidates, range, channels, what was written, and how", async () => {
    const text = htmlPage(await calibratedPage(input));
    expect(titlesOf(text)).toEqual([
      "Scales",
      "Candidates",
      "Use of the range",
      "Outlier channels of K",
      "What was written",
      "What the scales rest on",
      "How this was made",
    ]);
    expect(text).toContain(`Scales of ${LAYERS} layers`);
    expect(text.indexOf('class="verdict')).toBeLessThan(text.indexOf("<section>"));
    expect(text).toContain("nowhere/scales.safetensors");
    expect(text).not.toMatch(/NaN|<script|<link|<img|@import|url\(|https?:|\bsrc=/);
  });

  it("draws each layer: scales, reach, head-room, channels, candidates of K and of V", async () => {
    const tree = parseMarkup(htmlPage(await calibratedPage(input)));
    for (const label of [/^Scale by layer/, /^Largest magnitude by layer/, /^Head-room by layer/]) {
      const own = drawing(tree, label);
      expect([marksIn(own, "disc"), marksIn(own, "square")]).toEqual([LAYERS, LAYERS]);
    }
    expect(marksIn(drawing(tree, /^Largest channel of K/), "disc")).toBe(LAYERS);
    const map = drawing(tree, /^Channels of K/);
    expect(marksIn(map, "tip")).toBe(2 * LAYERS);
    for (const role of ["K", "V"]) expect(marksIn(drawing(tree, new RegExp(`^${role}: `)), "none")).toBe(0);
  });

  it("draws the report's own numbers, of several heads the largest scale and the least room", async () => {
    const report = await calibrated(input);
    const plots = calibratePage(report, PROVENANCE).sections.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.kind === "plot" ? [part] : [])),
    );
    const valuesOf = (label: RegExp) =>
      plots.find((plot) => label.test(plot.label))!.series.map(({ values }) => values);
    const most = (of: (layer: (typeof report.layers)[number]) => readonly number[]) =>
      report.layers.map((layer) => Math.max(...of(layer)));
    expect(valuesOf(/^Scale by/)).toEqual([most(({ k }) => k), most(({ v }) => v)]);
    expect(valuesOf(/^Largest magnitude/)).toEqual([
      most(({ reach }) => reach.k),
      most(({ reach }) => reach.v),
    ]);
    const largest = FP8_FORMATS[report.format].largest;
    const room = (role: "k" | "v") =>
      report.layers.map((layer) =>
        Math.min(
          ...layer.reach[role].map((peak, head) => ((layer[role][head] ?? layer[role][0]!) * largest) / peak),
        ),
      );
    expect(valuesOf(/^Head-room/)).toEqual([room("k"), room("v")]);
  });

  it("has the same numbers in Markdown", async () => {
    const report = await calibrated(input);
    const page = calibratePage(report, PROVENANCE);
    const [html, markdown] = [htmlPage(page), markdownPage(page)];
    for (const { k, v } of report.layers)
      for (const scales of [k, v])
        if (scales.length === 1)
          for (const text of [html, markdown]) expect(text).toContain(scaleText(scales[0]!));
    const titles = [...markdown.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(titlesOf(html));
    expect(markdown).toContain("layer 0, KV head");
    expect(markdown).not.toContain("NaN");
  });
});

describe("candidates", () => {
  it("of a search are a map of nine multiples with a dot on each choice, and what it gained", async () => {
    const report = await calibrated({ method: "mse" });
    const tree = parseMarkup(htmlPage(calibratePage(report, PROVENANCE)));
    for (const role of ["K", "V"]) {
      const map = drawing(tree, new RegExp(`^${role}: SQNR by layer`));
      expect([marksIn(map, "tip"), marksIn(map, "dot")]).toEqual([9 * LAYERS, LAYERS]);
      expect(marksIn(drawing(tree, new RegExp(`^${role}: what the choice gains`)), "disc")).toBe(LAYERS);
    }
    for (const { candidates, k } of report.layers) {
      const chosen = candidates.k.filter((candidate) => candidate.chosen[0]);
      expect(chosen.map(({ scales }) => scales)).toEqual([[...k]]);
      const best = Math.max(...candidates.k.map(({ sqnr }) => sqnr![0]!));
      expect(chosen[0]!.sqnr![0]).toBe(best);
    }
  });

  it("that were not run are a line each, the chosen one first and bold in the table", async () => {
    const page = await calibratedPage({ method: "percentile", percentile: 0.99 });
    const tree = parseMarkup(htmlPage(page));
    const plot = drawing(tree, /^K: scale by layer/);
    const names = ["p 0.99 (chosen)", "max", "p 0.9999", "p 0.999"];
    for (const mark of ["disc", "ring", "frame", "square"]) expect(marksIn(plot, mark)).toBe(LAYERS);
    expect(plot.attributes.get("aria-label")).toMatch(
      new RegExp(`: ${names.map((name) => `${name.replace(/[()]/g, "\\$&")} from .*`).join("; ")}$`),
    );
    expect(elementsOf(tree, ({ name }) => name === "strong").length).toBe(1 + 2 * LAYERS);
    expect(markdownPage(page)).toMatch(/\| k p 0\.99 \|/);
  });
});

describe("a calibration that is not all there", () => {
  it("says which part it is, and has no plot", async () => {
    const text = htmlPage(await calibratedPage({ shard: { index: 2, of: 3 }, stats: "nowhere/part.json" }));
    expect(text).toContain("Part 2 of 3: no scales yet");
    expect(text).toContain("<code>kvscale calibrate REF --from-stats FILES -o OUT</code>");
    expect(titlesOf(text)).toEqual(["What was written", "What the scales rest on", "How this was made"]);
    expect(elementsOf(parseMarkup(text), ({ name }) => name === "figure")).toEqual([]);
  });

  it("of statistics without channels says so instead of a map", async () => {
    const report = await calibrated();
    const layers = report.layers.map((layer) => ({ ...layer, channels: null }));
    const text = htmlPage(calibratePage({ ...report, layers }, PROVENANCE));
    expect(text).toContain("These statistics are of an earlier version, which kept no channels.");
    expect(text).not.toContain("largest channel of K");
  });

  it("is warned about where something was lost", async () => {
    const report = await calibrated();
    const losses = [{ code: "fused-by-max", detail: "k and v differed" }] as const;
    const text = htmlPage(calibratePage({ ...report, file: { ...report.file!, losses } }, PROVENANCE));
    expect(text).toContain('class="verdict warn"');
    expect(text).toContain("Scales of 4 layers, with 1 loss");
    expect(text).toContain("fused-by-max");
  });
});

it("hostile names and numbers stay text", async () => {
  const report = await calibrated();
  const evil = '<script>alert(1)</script>"\u001b[2J`x`';
  const odd = { amax: Number.NaN, far: Number.POSITIVE_INFINITY };
  const layers = report.layers.map((layer, at) => ({
    ...layer,
    site: evil,
    ...(at === 1 && { k: [odd.amax], v: [odd.far], reach: { k: [odd.far], v: [0, 0] } }),
  }));
  const page = calibratePage(
    { ...report, label: evil, layers, file: { ...report.file!, path: evil } },
    PROVENANCE,
  );
  const text = htmlPage(page);
  const tree = parseMarkup(text);
  expect(elementsOf(tree, ({ name }) => name === "script")).toEqual([]);
  expect(text + markdownPage(page)).not.toContain("\u001b");
  expect(markdownPage(page)).not.toContain("<script");
  for (const [, value] of text.matchAll(/ (?:[xy][12]?|c[xy]|r|width|height|d|viewBox)="([^"]*)"/g))
    expect(value).not.toMatch(/NaN|Infinity|undefined/);
  expect(elementsOf(tree, (element) => hasClass(element, "lost")).length).toBeGreaterThan(0);
});
