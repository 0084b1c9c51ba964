import { describe, expect, it } from "vitest";
import { parseHeader } from "../../src/tensors/header.js";
import { layout } from "../../src/tensors/layout.js";
import { fileOf, member, read, refusalOf } from "./file.js";

const LIMIT = 100_000_000;

describe("a header of 100,000,000 bytes", () => {
  it("is read when it is one name", () => {
    const around = `{${member("")}}`.length;
    const name = "n".repeat(LIMIT - around);
    const json = new TextEncoder().encode(`{${member(name)}}`);
    expect(json.length).toBe(LIMIT);
    expect(parseHeader(json, 8 + LIMIT + 4, "x").tensors.get(name)?.end).toBe(8 + LIMIT + 4);
    expect(refusalOf(() => parseHeader(new Uint8Array(LIMIT + 1), 2 * LIMIT, "x")).code).toBe(
      "header-too-large",
    );
  });

  it("is refused, without a stack of any depth, when it is brackets", () => {
    expect(refusalOf(() => read(fileOf(new Uint8Array(LIMIT).fill(0x5b)))).code).toBe("header-not-object");
    const nested = new TextEncoder().encode(`{"a":{"x":${"[".repeat(LIMIT - 10)}`);
    expect(refusalOf(() => read(fileOf(nested))).code).toBe("json-depth");
  });

  it("is written up to there, and refused beyond", () => {
    const spec = (length: number) =>
      [{ name: "n".repeat(length), dtype: "U8", shape: [], byteLength: 1 }] as const;
    const room = LIMIT - '{"":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}'.length;
    expect(layout(spec(room)).header.length).toBe(8 + LIMIT);
    expect(refusalOf(() => layout(spec(room + 1))).code).toBe("header-too-large");
  });
});

describe("a number of ten million digits", () => {
  const DIGITS = 10_000_000;
  const withExtra = (digits: string) => fileOf(`{${member("a", { x: digits })}}`, 4);

  it("is refused when it is out of range", () => {
    expect(refusalOf(() => read(withExtra("1".repeat(DIGITS)))).code).toBe("json-number-range");
  });

  it("is read when its exponent takes them back", () => {
    expect(read(withExtra(`0.${"0".repeat(DIGITS)}1e${DIGITS}`)).tensors.size).toBe(1);
    expect(read(withExtra(`1${"0".repeat(DIGITS)}e-${DIGITS}`)).tensors.size).toBe(1);
  });

  it("is refused as a size", () => {
    const file = fileOf(`{${member("a", { shape: `[${"1".repeat(DIGITS)}]` })}}`, 4);
    expect(refusalOf(() => read(file)).code).toBe("shape-malformed");
  });
});

describe("many tensors", () => {
  it("are read in the order of their bytes, whatever the order of the text", () => {
    const count = 20_000;
    const order = Array.from({ length: count }, (_, at) => (at * 7919) % count);
    const json = `{${order.map((at) => member(`t${at}`, { data_offsets: `[${at * 4},${at * 4 + 4}]` })).join(",")}}`;
    const names = [...read(fileOf(json, count * 4)).tensors.keys()];
    expect(names).toEqual(Array.from({ length: count }, (_, at) => `t${at}`));
  });

  it("on the same bytes are refused at the second", () => {
    const json = `{${Array.from({ length: 20_000 }, (_, at) => member(`t${at}`)).join(",")}}`;
    expect(refusalOf(() => read(fileOf(json, 4)))).toMatchObject({
      code: "offsets-overlap",
      subject: { tensor: "t1" },
    });
  });
});
