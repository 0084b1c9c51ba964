import { describe, expect, it } from "vitest";
import { STYLE } from "../../../src/report/html/style.js";

const LIGHT = coloursIn(STYLE.slice(0, STYLE.indexOf("@media")));
const DARK = coloursIn(STYLE.slice(STYLE.indexOf("prefers-color-scheme"), STYLE.indexOf("*{box-sizing")));
const TEXT = ["ink", "soft", "good", "warn", "bad", "plain"];

function coloursIn(css: string): Map<string, string> {
  return new Map([...css.matchAll(/--([\w-]+):(#\w{3,6})/g)].map(([, name, colour]) => [name!, colour!]));
}

/** Relative luminance, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const long = colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour;
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("the %s colours of a report", (_, colours) => {
  const of = (name: string) => colours.get(name)!;

  it.each(TEXT)("--%s can be read on the page, on a card, and on its own ground", (name) => {
    const grounds = ["paper", "card", ...(colours.has(`${name}-bg`) ? [`${name}-bg`] : [])];
    for (const ground of grounds) expect(contrast(of(name), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it("of marks stand out from a card", () => {
    for (const mark of ["s0", "s1", "s2", "s3"])
      expect(contrast(of(mark), of("card"))).toBeGreaterThanOrEqual(3);
  });

  it("of maps go from near the card to far from it, each step farther", () => {
    const steps = Array.from({ length: 7 }, (_, step) => contrast(of(`h${step}`), of("card")));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(steps[0]).toBeGreaterThan(1.1);
    expect(steps[6]).toBeGreaterThan(7);
  });
});

it("every colour has a light and a dark form", () => {
  expect([...DARK.keys()].sort()).toEqual([...LIGHT.keys()].sort());
});

it("marks of many layers are smaller, but rings stay as large as a cell can be seen in", () => {
  const radius = (name: string) =>
    Number(STYLE.match(new RegExp(`\\.dense ${name}[^{]*\\{r:([\\d.]+)px`))![1]);
  expect(radius("circle")).toBeLessThan(4);
  expect(radius("circle\\.circled")).toBeGreaterThan(6);
});

it("nothing is fetched", () => {
  expect(STYLE).not.toMatch(/url\(|@import|@font-face|https?:/);
});
