import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Document, get, parseDocument } from "../../src/document/document.js";
import { insertMembers, removeMember, removeMembers, setMember } from "../../src/document/edit.js";
import type { JsonInput } from "../../src/document/json.js";
import { refusalOf } from "./refusal.js";

const read = (text: string) => parseDocument(text, "config.json");

describe("a new member looks like its neighbours", () => {
  it.each<[string, string, string[], JsonInput, string]>([
    ["two spaces", '{\n  "z": 1,\n  "b": 2\n}\n', ["a"], "x", '{\n  "z": 1,\n  "b": 2,\n  "a": "x"\n}\n'],
    [
      "four spaces",
      '{\n    "b": 1\n}',
      ["c"],
      [1, 2],
      '{\n    "b": 1,\n    "c": [\n        1,\n        2\n    ]\n}',
    ],
    [
      "tabs",
      '{\n\t"b": {\n\t\t"x": 1\n\t}\n}',
      ["b", "y"],
      { k: {} },
      '{\n\t"b": {\n\t\t"x": 1,\n\t\t"y": {\n\t\t\t"k": {}\n\t\t}\n\t}\n}',
    ],
    ["carriage returns", '{\r\n  "b": 1\r\n}\r\n', ["c"], [], '{\r\n  "b": 1,\r\n  "c": []\r\n}\r\n'],
    ["one line", '{"b": 1, "a": 2}', ["c"], { x: [1, 2] }, '{"b": 1, "a": 2, "c": {"x": [1, 2]}}'],
    ["one line, one member", '{"b": 1}', ["c"], { x: 1, y: 2 }, '{"b": 1, "c": {"x": 1, "y": 2}}'],
    ["compact", '{"b":1}', ["c"], { x: 1, y: 2 }, '{"b":1,"c":{"x":1,"y":2}}'],
    ["blanks inside braces", '{ "b": 1 }', ["c"], 2, '{ "b": 1, "c": 2 }'],
    ["no indentation", '{\n"b": 1\n}', ["c"], { x: 1 }, '{\n"b": 1,\n"c": {\n"x": 1\n}\n}'],
    [
      "blank before the comma",
      '{\n  "b": 1 ,\n  "a": 2\n}',
      ["c"],
      3,
      '{\n  "b": 1 ,\n  "a": 2,\n  "c": 3\n}',
    ],
    ["an empty root", "{}", ["c"], 3, '{\n  "c": 3\n}'],
    ["an empty nested object", '{\n    "b": {}\n}', ["b", "c"], 3, '{\n    "b": {\n        "c": 3\n    }\n}'],
    ["an empty object on one line", '{"b": {}, "a": 0}', ["b", "c"], 3, '{"b": {"c": 3}, "a": 0}'],
    [
      "missing parents",
      '{\n  "b": 1\n}',
      ["q", "r", "s"],
      3,
      '{\n  "b": 1,\n  "q": {\n    "r": {\n      "s": 3\n    }\n  }\n}',
    ],
    [
      "sorted keys: in the middle",
      '{\n  "a": 1,\n  "c": 2\n}',
      ["b"],
      3,
      '{\n  "a": 1,\n  "b": 3,\n  "c": 2\n}',
    ],
    ["sorted keys: first", '{\n  "b": 1,\n  "c": 2\n}', ["a"], 3, '{\n  "a": 3,\n  "b": 1,\n  "c": 2\n}'],
    ["a bigint", '{"b": 1}', ["c"], 2n ** 60n, '{"b": 1, "c": 1152921504606846976}'],
    ["a hostile key", '{"b": 1}', ["__proto__", "x"], 2, '{"b": 1, "__proto__": {"x": 2}}'],
  ])("%s", (_, text, path, value, expected) => {
    const edited = setMember(read(text), path, value);
    expect(edited.text).toBe(expected);
    expect(get(edited, path)).toEqual(get(read(expected), path));
  });

  it.each([
    ['{"b": {}}', '{"b": {"c": 1, "d": 2}}'],
    ['{"b":{}}', '{"b":{"c":1,"d":2}}'],
    ['{\n "b": {\n }\n}', '{\n "b": {\n  "c": 1,\n  "d": 2\n }\n}'],
  ])("%s is filled with two members", (text, expected) => {
    const entries = [["c", 1] as const, ["d", 2] as const];
    expect(insertMembers(read(text), ["b"], entries).text).toBe(expected);
  });

  it("does not write what is no JSON", () => {
    expect(() => setMember(read("{}"), ["a"], Number.NaN)).toThrow(RangeError);
  });
});

describe("a value is replaced in its span alone", () => {
  it("keeps the spelling of all other numbers", () => {
    const text =
      '{\n  "eps": 1e-05, "one": 1.0,\n  "big": 12345678901234567890,\n  "size":   7  ,\n "inf": Infinity}';
    expect(setMember(read(text), ["size"], 4242).text).toBe(text.replace("  7  ", "  4242  "));
  });

  it("replaces and adds at once", () => {
    const edited = insertMembers(
      read('{"m": {"a": 1, "c": 3, "d": 4}}'),
      ["m"],
      [
        ["d", 0],
        ["b", 2],
        ["e", 5],
        ["a", 9],
      ],
    );
    expect(edited.text).toBe('{"m": {"a": 9, "b": 2, "c": 3, "d": 0, "e": 5}}');
  });
});

describe("members are removed with exactly one comma", () => {
  it.each<[string, string[], string]>([
    ["first", ["a"], '{\n  "b": 2,\n  "c": 3\n}'],
    ["middle", ["b"], '{\n  "a": 1,\n  "c": 3\n}'],
    ["last", ["c"], '{\n  "a": 1,\n  "b": 2\n}'],
    ["a run at the end", ["b", "c"], '{\n  "a": 1\n}'],
    ["both ends", ["a", "c"], '{\n  "b": 2\n}'],
    ["all", ["a", "b", "c"], "{}"],
    ["none that exists", ["x"], '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}'],
  ])("%s", (_, keys, expected) => {
    expect(removeMembers(read('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}'), [], keys).text).toBe(expected);
  });

  it("leaves a document alone where the path is missing", () => {
    const document = read('{"a": {"b": 1}}');
    expect(removeMember(document, ["x", "y"])).toBe(document);
    expect(removeMember(document, ["a", "y"])).toBe(document);
  });
});

describe("what cannot be edited safely is refused", () => {
  it.each<[string, string, string[], string]>([
    ["a repeated key in the edited object", '{"m": {"a": 1, "a": 2}}', ["m", "b"], "json-duplicate-key"],
    ["a repeated key on the way", '{"m": {}, "m": {}}', ["m", "b"], "json-duplicate-key"],
    ["a way through null", '{"m": null}', ["m", "b"], "json-not-an-object"],
    ["a way through an array", '{"m": [1]}', ["m", "b"], "json-not-an-object"],
  ])("%s", (_, text, path, code) => {
    expect(refusalOf(() => setMember(read(text), path, 1)).code).toBe(code);
    expect(refusalOf(() => removeMember(read(text), path)).code).toBe(code);
  });

  it("but a repeated key elsewhere is no hindrance", () => {
    expect(setMember(read('{"x": {"a": 1, "a": 2}}'), ["b"], 1).text).toBe('{"x": {"a": 1, "a": 2}, "b": 1}');
  });
});

describe("removal is the inverse of insertion", () => {
  it("byte for byte, whatever the white space", () => {
    fc.assert(
      fc.property(
        scattered,
        fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 5 }),
        fc.jsonValue(),
        (text, keys, value) => {
          const before = read(text);
          for (const path of [[], ["nest"]]) {
            const target = get(before, path) as ReadonlyMap<string, unknown>;
            const fresh = keys.filter((key) => !target.has(key));
            if (target.size === 0 || fresh.length === 0) continue;
            const after = insertMembers(
              before,
              path,
              fresh.map((key) => [key, value as JsonInput]),
            );
            const seen = get(parseDocument(after.text, "after"), path) as ReadonlyMap<string, unknown>;
            expect(new Set(seen.keys())).toEqual(new Set([...target.keys(), ...fresh]));
            expect(removeMembers(after, path, fresh).text).toBe(text);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("byte for byte in the writers' layouts, with parents made and removed", () => {
    const layouts = fc.record({
      indent: fc.constantFrom(0, 1, 2, 4, "\t"),
      eol: fc.constantFrom("\n", "\r\n", "\r"),
      tail: fc.constantFrom("", "\n", "\n\n", " "),
    });
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 });
    fc.assert(
      fc.property(objects, layouts, fc.string(), (object, { indent, eol, tail }, key) => {
        fc.pre(!Object.hasOwn(object, key));
        const text = JSON.stringify(object, null, indent).replaceAll("\n", eol) + tail;
        const after = setMember(read(text), [key, "x", "y"], { z: [1, {}] });
        expect(removeMember(after, [key]).text).toBe(text);
        expect(JSON.parse(after.text)[key]).toEqual({ x: { y: { z: [1, {}] } } });
      }),
      { numRuns: 500 },
    );
  });

  it("an object left empty is written without white space", () => {
    expect(removeMember(setMember(read('{"a": { }}'), ["a", "b"], 1), ["a", "b"]).text).toBe('{"a": {}}');
  });
});

describe("a large index", () => {
  it("gains and loses a thousand entries among 50,000 and keeps its order", () => {
    const names = Array.from(
      { length: 50_000 },
      (_, at) => `model.layers.${String(at).padStart(6, "0")}.weight`,
    );
    const weightMap = Object.fromEntries(names.map((name) => [name, "model-00001-of-00001.safetensors"]));
    const text = `${JSON.stringify({ metadata: { total_size: 1 }, weight_map: weightMap }, null, 2)}\n`;
    const added = Array.from(
      { length: 1000 },
      (_, at) => `model.layers.${String(at * 50).padStart(6, "0")}.k_scale`,
    );
    const after = insertMembers(
      read(text),
      ["weight_map"],
      added.map((name) => [name, "scales.safetensors"]),
    );
    const keys = [...(get(after, ["weight_map"]) as ReadonlyMap<string, string>).keys()];
    expect(keys).toEqual([...names, ...added].sort());
    expect(removeMembers(after, ["weight_map"], added).text).toBe(text);
  });
});

const SAMPLES = resolve(import.meta.dirname, "../../../shared/data/checkpoints");
const NAMES = ["tiny-llama", "rand-qwen3", "tiny-llama.modelopt-fp8", "tiny-llama.llm-compressor-fp8"];

describe.skipIf(!existsSync(SAMPLES))(`real configs (skipped where ${"shared/data"} is missing)`, () => {
  it.each(NAMES)("%s keeps every other byte", (name) => {
    const text = readFileSync(resolve(SAMPLES, name, "config.json"), "utf8");
    const after = setMember(read(text), ["kv_cache_torch_dtype"], "float8_e4m3fn");
    const lines = after.text.split("\n");
    expect(
      lines.filter((line) => !text.split("\n").includes(line) && !/kv_cache_torch_dtype|^ {4}}$/.test(line)),
    ).toEqual([]);
    expect(removeMember(after, ["kv_cache_torch_dtype"]).text).toBe(text);
  });
});

/** A JSON text with a filled root and an object "nest", and any white space between any two tokens. */
const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 4 });
const scattered: fc.Arbitrary<string> = fc
  .tuple(
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { minKeys: 1, maxKeys: 4 }),
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }),
    fc.infiniteStream(space),
  )
  .map(([root, nest, spaces]) => {
    const gap = () => spaces.next().value as string;
    const member = ([key, value]: [string, unknown]) =>
      `${gap()}${JSON.stringify(key)}${gap()}:${gap()}${JSON.stringify(value)}${gap()}`;
    const object = (members: string[]) => `{${members.length === 0 ? gap() : members.join(",")}}`;
    const inner = object(Object.entries(nest).map(member));
    const { nest: _, ...others } = root;
    const members = [
      ...Object.entries(others).map(member),
      `${gap()}"nest"${gap()}:${gap()}${inner}${gap()}`,
    ];
    return `${gap()}${object(members)}${gap()}`;
  });

it("documents are what they were after an edit", () => {
  const document = read('{"a": 1}');
  expect(setMember(document, ["a"], 2)).toBeInstanceOf(Document);
  expect(document.text).toBe('{"a": 1}');
});
