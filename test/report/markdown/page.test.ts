import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHECKPOINTS } from "../../../fixtures/generate.js";
import { markdownPage } from "../../../src/report/markdown/page.js";
import { markdownCode, markdownText } from "../../../src/report/markdown/text.js";
import { checkpoint, hostile } from "../../operations/desk.js";
import { inspected, verified } from "../../support/pages.js";

describe("text in Markdown", () => {
  it.each([
    ["plain kv_cache_scheme of 27.5 dB", "plain kv_cache_scheme of 27.5 dB"],
    ["*a* _b_ `c` [d](e)", "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e)"],
    ["<img src=x> & @user", "&#60;img src=x&#62; &#38; &#64;user"],
    ["a | b", "a \\| b"],
    ["1. one", "1\\. one"],
    ["- one", "\\- one"],
    ["https://x.example", "https:&#47;/x.example"],
    ["a\nb", "a\\\\u{a}b"],
  ])("%j is written %j", (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });

  it("code stands between more backticks than it holds", () => {
    expect([markdownCode("a"), markdownCode("a`b"), markdownCode("`")]).toEqual([
      "`a`",
      "``a`b``",
      "`` ` ``",
    ]);
  });

  it("no text brings a line, a tag or a mention", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(markdownText(text)).not.toMatch(/[\r\n<>@]/);
      }),
    );
  });
});

describe("a report in Markdown", () => {
  it.each(Object.keys(CHECKPOINTS))("of %s has tables of even rows", async (name) => {
    evenTables(markdownPage(await inspected(checkpoint(name))));
  });

  it("of verify has the same sections as the page, rows of blocks for plots, and the command", async () => {
    const page = await verified(checkpoint("autofp8"));
    const text = markdownPage(page);
    evenTables(text);
    const titles = page.sections.filter(({ parts }) => parts.length > 0).map(({ title }) => title);
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      ...titles,
      "How this was made",
    ]);
    expect(text).toMatch(/^\| stored scales \| [▁-█]{3} \|/m);
    expect(text).toContain("```sh\nkvscale inspect 'a <b> & c' --report out.html\n```");
  });

  it("of hostile names shows them", async () => {
    const text = markdownPage(await inspected(hostile("control-characters")));
    evenTables(text);
    expect(text).toContain("\\\\u{1b}\\[2J\\\\u{202e}gnp");
  });
});

/** Every row of a table has as many cells as its head. */
function evenTables(text: string): void {
  const cellsOf = (line: string) => line.replaceAll("\\|", "").split("|").length;
  const blocks = text.split("\n\n").filter((block) => block.startsWith("|"));
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(new Set(block.trimEnd().split("\n").map(cellsOf)).size).toBe(1);
}
