import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { html, rawMarkup } from "../../../src/report/html/markup.js";
import { parseMarkup } from "../../support/markup-tree.js";

const HOSTILE = [
  "<script>alert(1)</script>",
  '" onload="x',
  "' style='x",
  "]]>",
  "<!--",
  "&lt;",
  "\u0000\u001b\ufffe\uffff",
  "\ud800",
];

describe("html", () => {
  it("escapes text and numbers, keeps markup, joins lists, leaves nothing out", () => {
    const inner = html`<b>${"<"}</b>`;
    expect(html`<p title="${'"'}">${[inner, 1, undefined, "&"]}</p>`.text).toBe(
      '<p title="&quot;"><b>&lt;</b>1&amp;</p>',
    );
    expect(html`${rawMarkup("<i/>")}`.text).toBe("<i/>");
  });

  it("lets no text out of its place", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...HOSTILE));
    fc.assert(
      fc.property(texts, texts, (title, text) => {
        const tree = parseMarkup(html`<p title="${title}">${text}</p>`.text);
        expect(tree.children.length).toBe(1);
        expect(tree.children[0]).toMatchObject({ name: "p", children: [] });
        expect([...tree.children[0]!.attributes.keys()]).toEqual(["title"]);
      }),
    );
  });
});
