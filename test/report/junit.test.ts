import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect } from "../../src/operations/inspect.js";
import { type Case, inspectCases } from "../../src/report/cases.js";
import { junitText } from "../../src/report/junit.js";
import { checkpoint, hostile, unheard } from "../operations/desk.js";
import { elementsOf, parseMarkup } from "../support/markup-tree.js";

const cases = fc.array(
  fc.record({
    suite: fc.string({ unit: "binary" }),
    name: fc.string({ unit: "binary" }),
    outcome: fc.constantFrom("passed", "warning", "failed", "skipped"),
    message: fc.string({ unit: "binary" }),
    detail: fc.string({ unit: "binary" }),
  } satisfies { [K in keyof Case]-?: fc.Arbitrary<unknown> }),
);

/** What junit-10.xsd of jenkinsci/xunit-plugin @0c37522 allows, as far as it concerns us. */
const SCHEMA: Readonly<Record<string, { attributes: string[]; children: string[] }>> = {
  testsuites: {
    attributes: ["name", "time", "tests", "failures", "disabled", "errors"],
    children: ["testsuite"],
  },
  testsuite: {
    attributes: [
      "name",
      "tests",
      "failures",
      "errors",
      "skipped",
      "time",
      "timestamp",
      "hostname",
      "id",
      "package",
    ],
    children: ["testsuite", "properties", "testcase", "system-out", "system-err"],
  },
  testcase: {
    attributes: ["name", "classname", "time", "file", "line"],
    children: ["skipped", "error", "failure", "system-out", "system-err"],
  },
  failure: { attributes: ["type", "message"], children: [] },
  skipped: { attributes: ["type", "message"], children: [] },
  "system-out": { attributes: [], children: [] },
};

/** https://www.w3.org/TR/xml/#charsets */
const FORBIDDEN = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

describe("JUnit XML", () => {
  it("is well formed whatever the names are, and counts right", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), cases, (subject, told) => {
        const text = junitText("inspect", subject, told as Case[]);
        expect(text).not.toMatch(FORBIDDEN);
        const tree = parseMarkup(text);
        const [all] = tree.children;
        expect(all!.attributes.get("tests")).toBe(String(told.length));
        expect(elementsOf(tree, ({ name }) => name === "testcase").length).toBe(told.length);
        const failed = told.filter(({ outcome }) => outcome === "failed").length;
        expect(elementsOf(tree, ({ name }) => name === "failure").length).toBe(failed);
        expect(all!.attributes.get("failures")).toBe(String(failed));
      }),
    );
  });

  it("has no element and no attribute that the schema of Jenkins' xunit plugin refuses", () => {
    fc.assert(
      fc.property(cases, (told) => {
        for (const [name, { attributes, children }] of Object.entries(SCHEMA)) {
          for (const element of elementsOf(
            parseMarkup(junitText("verify", "x", told as Case[])),
            (one) => one.name === name,
          )) {
            expect(attributes).toEqual(expect.arrayContaining([...element.attributes.keys()]));
            expect(children).toEqual(expect.arrayContaining(element.children.map((child) => child.name)));
          }
        }
      }),
    );
  });

  it.each(["\u0000", "\u001b[2J", "\ufffe", "\uffff", "\ud800", "]]>", "\"'<&>"])(
    "takes %j as a name",
    (name) => {
      const text = junitText("inspect", name, [
        { suite: name, name, outcome: "failed", message: name, detail: name },
      ]);
      expect(text).not.toMatch(FORBIDDEN);
      parseMarkup(text);
    },
  );

  it("fails for an engine that was asked for and does not load, and skips those that were not", async () => {
    const ref = checkpoint("modelopt-fp8");
    const all = inspectCases(await inspect({ ref }, unheard));
    expect(all.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(all.find(({ name }) => name === "tgi")).toMatchObject({ outcome: "skipped" });
    const [, asked] = inspectCases(await inspect({ ref, engine: "tgi" }, unheard));
    expect(asked).toMatchObject({ suite: "engines", name: "tgi", outcome: "failed" });
  });

  it("fails for findings of severity error", async () => {
    const told = inspectCases(await inspect({ ref: hostile("scales-zero") }, unheard));
    expect(told.find(({ name }) => name === "scale-zero")).toMatchObject({
      outcome: "failed",
      suite: "findings",
    });
  });
});
