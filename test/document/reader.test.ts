import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeDocument, get, parseDocument, repeatedKeys } from "../../src/document/document.js";
import type { Json } from "../../src/document/json.js";
import { refusalOf } from "./refusal.js";

const FILE = "config.json";

describe("a JSON text is read", () => {
  it.each<[string, string, Json]>([
    ["integers", '{"a": 12}', 12],
    ["exponents", '{"a": 1e-05}', 1e-5],
    ["a number beyond 2^53, rounded in the value alone", '{"a": 12345678901234567890}', 12345678901234567000],
    ["escapes", String.raw`{"a": "\u0041\n\"\/"}`, 'A\n"/'],
    ["escaped keys", String.raw`{"\u0061": true}`, true],
    ["arrays", '{"a": [1, [null, false]]}', [1, [null, false]]],
    ["Python's NaN", '{"a": NaN}', Number.NaN],
    ["Python's infinities", '{"a": [0.0, Infinity, -Infinity]}', [0, Infinity, -Infinity]],
    ["the last of two equal keys, as in Python", '{"a": 1, "a": 2}', 2],
  ])("%s", (_, text, expected) => {
    expect(get(parseDocument(text, FILE), ["a"])).toEqual(expected);
  });

  it("has hostile keys as mere keys", () => {
    const document = parseDocument('{"__proto__": {"x": 1}, "": 2, "constructor": 3, "toString": 4}', FILE);
    expect(get(document, ["__proto__", "x"])).toBe(1);
    expect(get(document, [""])).toBe(2);
    expect(get(document, ["constructor"])).toBe(3);
    expect(get(document, ["hasOwnProperty"])).toBeUndefined();
    expect(get(document, ["toString", "length"])).toBeUndefined();
  });

  it("tells repeated keys of an object", () => {
    const document = parseDocument(String.raw`{"a": 1, "b": {"x": 1, "\u0078": 2}}`, FILE);
    expect(repeatedKeys(document, [])).toEqual([]);
    expect(repeatedKeys(document, ["b"])).toEqual(["x"]);
    expect(repeatedKeys(document, ["a"])).toEqual([]);
  });

  it("agrees with JSON.parse on every value it writes", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(0, 2, "\t"),
        (object, indent) => {
          const text = JSON.stringify(object, null, indent);
          expect(plain(parseDocument(text, FILE).value)).toEqual(plain(toJson(JSON.parse(text))));
        },
      ),
    );
  });

  it("agrees with JSON.parse on which texts are JSON, save Python's numbers", () => {
    const mark = fc.constantFrom(
      ...'{}[],:"\\/*-+.01eEu \t\n\r\u00a0\u0001',
      '"a"',
      "true",
      "null",
      "nul",
      "1",
    );
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 12 }), (marks) => {
        const text = `{"a": ${marks.join("")}}`;
        expect(accepts(() => parseDocument(text, FILE))).toBe(accepts(() => JSON.parse(text)));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("what is not strict JSON is refused, by name and place", () => {
  it.each<[string, string, string]>([
    ["a line comment", '{\n  // why\n  "a": 1}', "a comment at line 2, column 3"],
    ["a block comment", '{"a": /* why */ 1}', "a comment at line 1, column 7"],
    ["a trailing comma in an object", '{"a": 1,}', 'found "}" at line 1, column 9'],
    ["a trailing comma in an array", '{"a": [1,]}', 'found "]" at line 1, column 10'],
    ["garbage after the end", '{"a": 1} x', 'found "x" at line 1, column 10'],
    ["a cut file", '{"a": {"b": 1', "the end of the text at line 1, column 14"],
    ["an empty file", "", "an empty file at line 1, column 1"],
    ["an array", "[1]", "expected a JSON object"],
    ["single quotes", "{'a': 1}", "a key in quotation marks"],
    ["a bad escape", String.raw`{"a": "\x"}`, "well-formed JSON text"],
    ["a raw line break in a string", '{"a": "x\ny"}', "well-formed JSON text"],
    ["a raw control character, shown escaped", '{"a": "\u0001"}', String.raw`\u0001`],
    ["terminal escapes and reversed text, shown escaped", '{"a": \u009b\u202e}', String.raw`"\u009b\u202e"`],
    ["a leading zero", '{"a": 012}', 'found "12"'],
    ["a word that begins like Python's infinity", '{"a": -Infinityx}', 'found "Infinityx"'],
    ["a Git-LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:1", "a Git-LFS pointer"],
    ["an HTML page", "\n<!DOCTYPE html><html></html>", "an HTML or XML page"],
  ])("%s", (_, text, message) => {
    const refusal = refusalOf(() => parseDocument(text, FILE));
    expect(refusal.code).toBe("json-malformed");
    expect(refusal.message).toContain(message);
    expect(refusal.subject.file).toBe(FILE);
  });

  it("counts bytes, not characters, and any line break", () => {
    const refusal = refusalOf(() => parseDocument('{"é":\r\n"😀"\rx}', FILE));
    expect(refusal.subject.range).toEqual([15, 16]);
    expect(refusal.message).toContain("line 3, column 1");
  });

  it("a byte order mark, in text and in bytes", () => {
    expect(refusalOf(() => parseDocument("\uFEFF{}", FILE)).code).toBe("json-byte-order-mark");
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]);
    expect(refusalOf(() => decodeDocument(bytes, FILE)).code).toBe("json-byte-order-mark");
  });

  it.each<[string, number[], number]>([
    ["a stray byte", [0x7b, 0x22, 0xff, 0x22, 0x7d], 2],
    ["a cut sequence at the end", [0x7b, 0x7d, 0xe2, 0x82], 3],
  ])("bytes that are not UTF-8: %s", (_, bytes, at) => {
    const refusal = refusalOf(() => decodeDocument(new Uint8Array(bytes), FILE));
    expect(refusal.code).toBe("json-not-utf8");
    expect(refusal.subject.range).toEqual([at, at + 1]);
  });

  it("more than 500 levels, without exhausting the stack", () => {
    const deep = (levels: number) => `{"a": ${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
    expect(accepts(() => parseDocument(deep(500), FILE))).toBe(true);
    expect(refusalOf(() => parseDocument(deep(501), FILE)).code).toBe("json-too-deep");
    expect(refusalOf(() => parseDocument(deep(300_000), FILE)).code).toBe("json-too-deep");
  });
});

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function toJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value as Json;
  return new Map(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}

/** Maps compare by insertion order nowhere, so spell them out as sorted entries. */
function plain(value: Json): unknown {
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => [key, plain(item)] as const);
    return { object: entries.sort(([a], [b]) => (a < b ? -1 : 1)) };
  }
  return Array.isArray(value) ? value.map(plain) : value;
}
