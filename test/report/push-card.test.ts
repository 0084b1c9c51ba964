import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect } from "../../src/operations/inspect.js";
import { modelCard } from "../../src/report/push-card.js";
import { checkpoint, unheard } from "../operations/desk.js";

const BEGIN = "<!-- kvscale:begin -->";
const END = "<!-- kvscale:end -->";
const result = await inspect({ ref: checkpoint("modelopt-fp8") }, unheard);
const about = { result, origins: ["org/base@0123", "org/fp8@4567"] };
const card = modelCard();

describe("the section of a model card", () => {
  it("says what was found, where it came from, and how it is served", () => {
    const section = card.with(undefined, about);
    expect(section).toMatch(new RegExp(`^${BEGIN}\n## FP8 KV-cache scales\n[\\s\\S]*\n${END}\n$`));
    expect(section).toContain(`holds ${result.scales.length} scales`);
    expect(section).toContain("`org/base@0123`, `org/fp8@4567`");
    const ready = result.readiness.filter(
      ({ verdict, launch }) => verdict === "loads" && launch !== undefined,
    );
    expect(ready.length).toBeGreaterThan(0);
    for (const { launch } of ready) expect(section).toContain(launch);
  });

  it("says so where there are no scales", async () => {
    const none = await inspect({ ref: checkpoint("base-single") }, unheard);
    expect(card.with(undefined, { result: none, origins: [] })).toContain("holds no scales");
  });

  it("tells the figures of a verification, infinities and NaN included", () => {
    const layer = (sqnr: number | string, level: "ok" | "fail") => ({ level, figures: { loss: { sqnr } } });
    const layers = [layer(31.25, "ok"), layer("Infinity", "ok"), layer(12.5, "fail")];
    const text = modelCard({ level: "fail", data: "synthetic", layers }).with(undefined, about);
    expect(text).toContain(
      "fail. Signal to noise: 31.3 dB in the median layer, 12.5 dB in the worst; 1 layer failing of 3.",
    );
  });

  it("does not let a name out of its cell", () => {
    const [first, ...rest] = result.scales;
    const hostile = { ...first!, name: "a`|<script>\n# b\u001b[31m" };
    const section = card.with(undefined, { ...about, result: { ...result, scales: [hostile, ...rest] } });
    expect(section).not.toMatch(/\u001b|\n# b/);
    expect(section).toContain("``a`\\|<script>");
  });
});

describe("the rest of a model card", () => {
  const texts = fc.string({ unit: fc.constantFrom("a", "\n", "\r\n", " ", "---", "#", "é", "<!--", "`") });

  it("stays as it is when a section comes, and when it is brought up to date", () => {
    fc.assert(
      fc.property(texts, (readme) => {
        const once = card.with(readme, about);
        expect(once.startsWith(readme)).toBe(true);
        expect(card.with(once, about)).toBe(once);
        expect(card.without(once)).toBe(readme.trimEnd());
      }),
    );
  });

  it("stays as it is on both sides of the section", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const text = card.with(`${before}${BEGIN}\nSTALE\n${END}\n${after}`, about);
        expect(text.startsWith(`${before}${BEGIN}\n`)).toBe(true);
        expect(text.endsWith(`\n${END}\n${after}`)).toBe(true);
        expect(text).not.toContain("STALE");
      }),
    );
  });

  it("is not cut where a section was begun and never ended", () => {
    const broken = `text ${BEGIN} more`;
    expect(card.with(broken, about).startsWith(broken)).toBe(true);
  });
});
