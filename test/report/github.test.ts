import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Case } from "../../src/report/cases.js";
import { annotations, command, outputLines, within, withoutCommands } from "../../src/report/github.js";

describe("annotations", () => {
  it("escape what would end a property or the command", () => {
    expect(command("error", "a:b,c%", "50 %\nnext\r\u001b[2J, d: e")).toBe(
      "::error title=a%3Ab%2Cc%25::50 %25%0Anext\\u{d}\\u{1b}[2J, d: e",
    );
  });

  it("are one line each, whatever the texts are", () => {
    const texts = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(texts, texts, (title, message) => {
        const line = command("warning", title, message);
        expect(line).not.toMatch(/[\r\n]/);
        expect(line.match(/^::warning title=([^:,]*)::/)).not.toBeNull();
      }),
    );
  });

  it("are at most ten of a kind; the last tells how many more there are", () => {
    const failed = (count: number) =>
      Array.from(
        { length: count },
        (_, at): Case => ({ suite: "layers", name: `layer ${at}`, outcome: "failed", message: "low" }),
      );
    expect(annotations("kvscale verify", failed(10)).length).toBe(10);
    const many = annotations("kvscale verify", failed(80));
    expect(many.length).toBe(10);
    expect(many.at(-1)).toBe(
      "::error title=kvscale verify::71 more errors; the report and the step summary have all",
    );
    const warned = [
      ...failed(1),
      { ...failed(1)[0]!, outcome: "warning" as const },
      { ...failed(1)[0]!, outcome: "skipped" as const },
    ];
    expect(annotations("t", warned).map((line) => line.slice(0, 9))).toEqual(["::error t", "::warning"]);
  });
});

describe("text on a runner", () => {
  it.each([
    ["::add-mask::x", "\\u{3a}:add-mask::x"],
    ["a\n  ::error::x\nb::c", "a\n  \\u{3a}:error::x\nb::c"],
    ["##[group]x", "\\u{23}#[group]x"],
    ["a: b\n# c", "a: b\n# c"],
  ])("%j becomes %j", (text, expected) => {
    expect(withoutCommands(text)).toBe(expected);
  });
});

describe("outputs and summaries", () => {
  it("values of several lines stand between delimiters that they do not hold", () => {
    expect(outputLines({ ok: true, sqnr: 27.5, name: "a\nEOF\nb" })).toBe(
      "ok=true\nsqnr=27.5\nname<<EOF_\na\nEOF\nb\nEOF_\n",
    );
  });

  it("are cut at a line, to the byte", () => {
    const text = "äöü line\n".repeat(1000);
    expect(within(text, 1e6)).toBe(text);
    const cut = within(text, 1000);
    expect(new TextEncoder().encode(cut).length).toBeLessThanOrEqual(1000);
    expect(
      cut
        .split("\n\n_Cut here")[0]!
        .split("\n")
        .every((line) => line === "äöü line"),
    ).toBe(true);
    expect(within(text, 10)).toBe("");
  });
});
