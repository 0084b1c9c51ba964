import { describe, expect, it } from "vitest";
import { headerLength, parseHeader } from "../../src/tensors/header.js";
import { fileOf, member, read, refusalOf } from "./file.js";

const F32 = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
const scalar = { dtype: "F32", shape: [1] };

describe("parseHeader", () => {
  it("gives file offsets, in the order of the bytes", () => {
    const json = `{"b":{"dtype":"I16","shape":[2,3],"data_offsets":[4,16]},"__metadata__":{"format":"pt"},"a":${F32}}`;
    const { dataStart, metadata, tensors } = read(fileOf(json, 16));
    expect(dataStart).toBe(8 + json.length);
    expect([...metadata]).toEqual([["format", "pt"]]);
    expect([...tensors]).toEqual([
      ["a", { name: "a", ...scalar, begin: dataStart, end: dataStart + 4 }],
      ["b", { name: "b", dtype: "I16", shape: [2, 3], begin: dataStart + 4, end: dataStart + 16 }],
    ]);
  });

  it("reads a part of a larger buffer", () => {
    const json = new TextEncoder().encode(`??{"a":${F32}}??`);
    expect(parseHeader(json.subarray(2, -2), 8 + json.length, "x").tensors.has("a")).toBe(true);
  });

  // Every form that the official reader takes, sensible or not.
  it.each([
    ["white space before and after", ` \t\r\n{"a":${F32}}   `],
    [
      "white space everywhere",
      `{ "a" : {\n"dtype"\t: "F32" ,\r\n"shape" : [ 1 ] , "data_offsets" : [ 0 , 4 ] } }`,
    ],
    ["fields in another order", '{"a":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}'],
    ["fields by escapes", '{"a":{"\\u0064type":"F\\u00332","sh\\u0061pe":[1],"data_offsets":[0,4]}}'],
    [
      "unknown fields, even twice",
      `{"a":{"x":[{"y":null}],"x":-1.5e3,"dtype":"F32","shape":[1],"data_offsets":[0,4],"":true}}`,
    ],
    ["an array for the tensor", '{"a":["F32",[1],[0,4]]}'],
    ["an object for the dtype", '{"a":{"dtype":{"F32":null},"shape":[1],"data_offsets":[0,4]}}'],
    ["null for the metadata", `{"__metadata__":null,"a":${F32}}`],
    ["the metadata at the end, by escapes", `{"a":${F32},"\\u005f_metadata__":{}}`],
    [
      "numbers that lose digits",
      `{"a":{"x":[1e-999,0.1e308,123456789012345678901234567890,-0],"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
    ],
    ["arrays 127 deep", `{${member("a", { x: "[".repeat(125) + "]".repeat(125) })}}`],
    ["objects 127 deep", `{${member("a", { x: '{"":'.repeat(125) + "0" + "}".repeat(125) })}}`],
  ])("takes %s", (_, json) => {
    expect([...read(fileOf(json, 4)).tensors.values()]).toMatchObject([{ name: "a", ...scalar }]);
  });

  it("takes the last of two metadata texts, as the official reader does", () => {
    expect([...read(fileOf('{"__metadata__":{"a":"1","b":"","a":"2"}}')).metadata]).toEqual([
      ["a", "2"],
      ["b", ""],
    ]);
  });

  it.each([
    "",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "\u0000",
    "\ufeff",
    "\ufffd",
    "\u{1f600}",
    "é",
    '"\\/\b\f\n\r\t',
    "\u2028",
    " ",
  ])("takes the name %j, plain or escaped", (name) => {
    const escaped = Array.from({ length: name.length }, (_, at) => unitEscape(name.charCodeAt(at))).join("");
    for (const spelling of [
      JSON.stringify(name),
      `"${escaped}"`,
      `"${escaped.toUpperCase().replaceAll("U", "u")}"`,
    ]) {
      expect([...read(fileOf(`{${spelling}:${F32}}`, 4)).tensors.keys()]).toEqual([name]);
    }
  });

  it("keeps whole numbers exact up to 2^64 - 1", () => {
    const shape = "[0,9007199254740991,9007199254740993,18446744073709551615]";
    const { tensors } = read(fileOf(`{${member("a", { shape, data_offsets: "[0,0]" })}}`));
    expect(tensors.get("a")!.shape).toEqual([0, 9007199254740991, 9007199254740993n, 18446744073709551615n]);
  });

  it("folds sizes from the left, so a leading zero saves the rest", () => {
    const file = (shape: string) => fileOf(`{${member("a", { shape, data_offsets: "[0,0]" })}}`);
    expect(read(file("[0,18446744073709551615,2]")).tensors.size).toBe(1);
    expect(refusalOf(() => read(file("[18446744073709551615,2,0]"))).code).toBe("size-overflow");
  });

  it("takes empty tensors anywhere between others", () => {
    const entry = (name: string, size: number, begin: number) =>
      member(name, { shape: `[${size}]`, data_offsets: `[${begin},${begin + size * 4}]` });
    const json = `{${entry("z", 0, 4)},${entry("a", 1, 0)},${entry("y", 0, 0)},${entry("b", 1, 4)},${entry("x", 0, 8)}}`;
    expect([...read(fileOf(json, 8)).tensors.keys()]).toEqual(["y", "a", "z", "b", "x"]);
  });

  it("names the tensor, the bytes and the number of a fault behind characters of several bytes", () => {
    const json = `{"é\u{1f600}":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`;
    const { message } = refusalOf(() => read(fileOf(json, 4)));
    expect(message).toBe(
      'x.safetensors, tensor "é\u{1f600}", bytes 42..43: expected a shape of whole numbers from 0 to 2^64 - 1, found "1.0"',
    );
    expect(Buffer.from(json)[42 - 8]).toBe("1".charCodeAt(0));
  });

  it("cuts long text short in a message, and escapes control characters", () => {
    const { message } = refusalOf(() =>
      read(fileOf(`{${member("a", { dtype: `"${"x".repeat(1000)}\\u001b"` })}}`, 4)),
    );
    expect(message.length).toBeLessThan(250);
    expect(refusalOf(() => read(fileOf(`{${member("a", { dtype: '"\\u001b"' })}}`, 4))).message).toContain(
      "\\u001b",
    );
  });
});

describe("headerLength", () => {
  it("needs no more than 8 bytes", () => {
    const file = fileOf(`{"a":${F32}}`, 4);
    expect(headerLength(file.subarray(0, 8), file.length, "x")).toBe(file.length - 12);
  });

  it("takes a header that ends with the file, and the largest that is allowed", () => {
    expect(headerLength(fileOf("{}"), 10, "x")).toBe(2);
    expect(headerLength(fileOf("", 0, 100_000_000), 100_000_008, "x")).toBe(100_000_000);
    const beyond = () => headerLength(fileOf("", 0, 100_000_001), 200_000_000, "x");
    expect(refusalOf(beyond).code).toBe("header-too-large");
  });
});

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
