import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../../fixtures/generate.js";
import { htmlPage } from "../../../src/report/html/page.js";
import { checkpoint, hostile } from "../../operations/desk.js";
import { type Element, elementsOf, hasClass, parseMarkup } from "../../support/markup-tree.js";
import { inspected, ranModel, verified, verifiedReport } from "../../support/pages.js";

const MARKS = ["disc", "ring", "square", "frame"];

describe("a report of inspect", () => {
  it.each(Object.keys(CHECKPOINTS))("of %s is one sound file with full plots", async (name) => {
    check(htmlPage(await inspected(checkpoint(name))));
  });

  it.each([
    "control-characters",
    "prototype-names",
    "scales-nan",
    "scales-infinite",
    "scales-zero",
    "stale-shard",
    "scales-contradicting",
  ])("of hostile %s is one too, and shows no name raw", async (name) => {
    const text = htmlPage(await inspected(hostile(name)));
    check(text);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    if (name === "control-characters") expect(text).toContain("\\u{1b}[2J\\u{202e}gnp");
  });

  it("draws one mark for each scale, and a map where there are heads", async () => {
    const tree = parseMarkup(htmlPage(await inspected(checkpoint("llm-compressor-heads"))));
    expect(elementsOf(tree, isMark).length).toBe(3 * 3 + 3);
    expect(elementsOf(tree, (element) => hasClass(element, "tip")).length).toBe(3 * (2 + 2 + 4));
    expect(cellsOf(tree)).toBe(3 * (2 + 2 + 4));
  });

  it("has no plot where there are no scales", async () => {
    const tree = parseMarkup(htmlPage(await inspected(checkpoint("base-single"))));
    expect(elementsOf(tree, ({ name }) => name === "figure")).toEqual([]);
  });
});

describe("a report of verify", () => {
  it("has the verdict on top, a plot for loss, contrast and range, and a map of heads", async () => {
    const text = htmlPage(await verified(checkpoint("autofp8")));
    const tree = check(text);
    const labels = elementsOf(tree, ({ name }) => name === "figcaption").map((element) => element.text);
    expect(labels.map((label) => label.split(" ")[0])).toEqual([
      "SQNR",
      "SQNR",
      "Head-room",
      "SQNR",
      "Scale",
    ]);
    expect(text.indexOf('class="verdict')).toBeLessThan(text.indexOf("<section>"));
    expect(text.indexOf("How this was made")).toBeGreaterThan(text.lastIndexOf("<figure"));
  });

  it("says so where nothing clips, and draws what does", async () => {
    const { report, page } = await verifiedReport(checkpoint("autofp8"));
    expect(htmlPage(page(report))).toContain("No value of any layer is clipped.");
    const layers = report.layers.map(({ figures, ...layer }, at) => ({
      ...layer,
      figures: { ...figures!, k: { ...figures!.k, clipRate: at === 1 ? 0.01 : 0 } },
    }));
    const tree = check(htmlPage(page({ ...report, layers })));
    const [drawing] = elementsOf(tree, ({ attributes }) =>
      /^Clipped/.test(attributes.get("aria-label") ?? ""),
    );
    expect(elementsOf(drawing!, isMark).length).toBe(1);
  });

  it("of a model has advice on top, the caches, errors by layer, and the channels that stand out", async () => {
    const { report, page } = await ranModel();
    const text = htmlPage(page(report));
    const tree = check(text);
    const titles = elementsOf(tree, ({ name }) => name === "h2").map((element) => element.text);
    expect(titles.slice(0, 5)).toEqual([
      "What to do",
      "Why",
      "The model end to end",
      "SQNR by layer, in the model",
      "Outlier channels of K",
    ]);
    const [local] = elementsOf(tree, ({ attributes }) =>
      /^SQNR by layer, local/.test(attributes.get("aria-label") ?? ""),
    );
    expect(elementsOf(local!, isMark).length).toBe(4 * 4);
    for (const { name } of report.model!.streams.slice(1)) expect(text).toContain(`<td>${name}</td>`);
  });

  it("of a model tells that it fails where no layer does, and draws nothing of layers that keep 16 bits", async () => {
    const { report, page } = await ranModel();
    const layers = report.layers.map((layer) => ({ ...layer, level: "ok" as const, reasons: [] }));
    const model = report.model!;
    const kept = model.layers.map((layer, at) => ({
      ...layer,
      channels: layer.channels.map((_, channel) => 1 + channel / 100),
      streams: layer.streams.map((stream) => ({
        ...stream,
        local: at === 1 ? stream.local : { ...stream.local, relativeL2: 0, sqnr: Infinity },
      })),
    }));
    const changed = { ...report, layers, level: "fail" as const, model: { ...model, layers: kept } };
    const text = htmlPage(page({ ...changed, model: { ...changed.model, faults: ["perplexity rises"] } }));
    const tree = check(text);
    expect(text).toContain("The model fails, though no layer does");
    expect(text).toContain("Perplexity rises.");
    expect(text).toContain("No channel reaches 20 times");
    const [local] = elementsOf(tree, ({ attributes }) =>
      /^SQNR by layer, local/.test(attributes.get("aria-label") ?? ""),
    );
    expect(elementsOf(local!, isMark).length).toBe(4);
    expect(elementsOf(local!, (element) => hasClass(element, "lost"))).toEqual([]);
  });

  it("is written where no layer has figures", async () => {
    const tree = check(htmlPage(await verified(hostile("scales-zero"))));
    expect(
      elementsOf(tree, (element) => hasClass(element, "verdict")).map((element) =>
        element.attributes.get("class"),
      ),
    ).toEqual(["verdict bad"]);
  });
});

/** How many cells the paths of all maps hold: stretches of one colour are one step of a path. */
function cellsOf(tree: Element): number {
  return elementsOf(tree, (element) => hasClass(element, "cell"))
    .flatMap(({ attributes }) => [...attributes.get("d")!.matchAll(/h(\d+)v1/g)])
    .reduce((sum, [, width]) => sum + Number(width), 0);
}

/** Sound markup that fetches and runs nothing; every drawing has marks or cells, and only finite numbers. */
function check(text: string): Element {
  const tree = parseMarkup(text);
  expect(text).not.toMatch(/<script|<link|<img|@import|url\(|https?:|javascript:|\bon\w+="/i);
  expect(text).toContain("default-src 'none'");
  for (const drawing of elementsOf(
    tree,
    ({ name, attributes }) => name === "svg" && attributes.get("role") === "img",
  )) {
    expect(drawing.attributes.get("aria-label")).not.toBe("");
    const full = elementsOf(
      drawing,
      (element) => isMark(element) || hasClass(element, "cell") || hasClass(element, "lost"),
    );
    expect(full.length).toBeGreaterThan(0);
    for (const element of elementsOf(drawing, () => true)) {
      expect(element.attributes.get("d") ?? "").toMatch(/^[MLhvz\d .-]*$/);
      expect(element.attributes.get("viewBox") ?? "0").toMatch(/^[\d ]+$/);
      for (const name of ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"]) {
        const value = element.attributes.get(name);
        if (value !== undefined) expect(value).toMatch(/^-?\d+(\.\d+)?%?$/);
      }
    }
  }
  return tree;
}

function isMark(element: Element): boolean {
  return MARKS.some((mark) => hasClass(element, mark));
}
