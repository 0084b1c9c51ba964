import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, DTYPES, type Dtype, rankOf } from "../../src/tensors/dtype.js";
import { layout, serialize, type TensorData } from "../../src/tensors/layout.js";
import { encodeF32, readNumbers } from "../../src/tensors/values.js";
import { read } from "./file.js";

const text = fc.string({ unit: "binary", maxLength: 6 }).filter((name) => name !== "__metadata__");

const tensor = fc
  .record({
    name: text,
    dtype: fc.constantFrom(...DTYPES.map(({ name }) => name)),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
  })
  .chain(({ name, dtype, shape }) => {
    const whole = bitsOf(dtype) < 8 ? [...shape, 4] : shape;
    const length = whole.reduce((product, size) => product * size, bitsOf(dtype)) / 8;
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => ({ name, dtype, shape: whole, bytes }));
  });
const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 8 });
const metadata = fc.uniqueArray(fc.tuple(fc.oneof(text, fc.constantFrom("__proto__", "format")), text), {
  selector: ([key]) => key,
  maxLength: 4,
});

describe("serialize", () => {
  it("is undone by the reader: names, dtypes, shapes, bytes, metadata", () => {
    fc.assert(
      fc.property(tensors, metadata, (given, pairs) => {
        const file = serialize(given, new Map(pairs));
        const header = read(file);
        const back = [...header.tensors.values()].map(({ name, dtype, shape, begin, end }) => ({
          name,
          dtype,
          shape,
          bytes: file.slice(begin, end),
        }));
        expect(new Set(back)).toEqual(
          new Set(given.map((one) => ({ ...one, bytes: Uint8Array.from(one.bytes) }))),
        );
        expect(header.metadata).toEqual(new Map(pairs));
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same bytes whatever the order of tensors and metadata", () => {
    fc.assert(
      fc.property(tensors, metadata, (given, pairs) => {
        const file = serialize(given, new Map(pairs));
        expect(serialize([...given].reverse(), new Map([...pairs].reverse()))).toEqual(file);
      }),
    );
  });

  it("pads the header to 8 bytes and the data not at all", () => {
    fc.assert(
      fc.property(tensors, (given) => {
        const { header, order, size } = layout(
          given.map((one) => ({ ...one, byteLength: one.bytes.length })),
        );
        expect(header.length % 8).toBe(0);
        expect(size).toBe(order.reduce((sum, { byteLength }) => sum + byteLength, header.length));
      }),
    );
  });
});

const scale = (name: string, value: number): TensorData => ({
  name,
  dtype: "F32",
  shape: [],
  bytes: encodeF32([value]),
});

it("writes what it says, byte for byte", () => {
  const file = serialize(
    [scale("l.v_scale", 0.5), scale("l.k_scale", 0.25)],
    new Map([
      ["format", "pt"],
      ["a", "\n"],
    ]),
  );
  const json =
    '{"__metadata__":{"a":"\\n","format":"pt"},"l.k_scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"l.v_scale":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}';
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  expect(Buffer.from(file)).toEqual(
    Buffer.concat([
      Buffer.of(padded.length, 0, 0, 0, 0, 0, 0, 0),
      Buffer.from(padded),
      Buffer.from(encodeF32([0.25, 0.5])),
    ]),
  );
  expect(readNumbers("F32", file.subarray(-8))).toEqual([0.25, 0.5]);
});

it("writes nothing but padding for no tensors", () => {
  expect(Buffer.from(serialize([]))).toEqual(Buffer.from("\x08\0\0\0\0\0\0\0{}      ", "latin1"));
  expect(Buffer.from(serialize([], new Map()))).toEqual(Buffer.from(serialize([])));
});

it("orders by alignment, descending, then by the UTF-8 bytes of the name", () => {
  const specs = (["BOOL", "U64", "BF16", "F32", "F8_E4M3"] as Dtype[]).map((dtype) => ({
    name: dtype,
    dtype,
    shape: [0],
    byteLength: 0,
  }));
  const names = ["\u{1f600}", "\ufffd", "b", "a", "B", "é", ""].map((name) => ({
    name,
    dtype: "F16" as const,
    shape: [0],
    byteLength: 0,
  }));
  const { order } = layout([...specs, ...names]);
  expect(order.map(({ name }) => name)).toEqual([
    "U64",
    "F32",
    "BF16",
    "",
    "B",
    "a",
    "b",
    "é",
    "\ufffd",
    "\u{1f600}",
    "F8_E4M3",
    "BOOL",
  ]);
  expect(order.map(({ dtype }) => rankOf(dtype))).toEqual(
    order.map(({ dtype }) => rankOf(dtype)).sort((a, b) => b - a),
  );
});

it("takes shapes beyond 2^53 and writes their digits", () => {
  const shape = [0, 18446744073709551615n];
  const { header } = layout([{ name: "a", dtype: "F32", shape, byteLength: 0 }]);
  expect(new TextDecoder().decode(header)).toContain('"shape":[0,18446744073709551615]');
});

it("leaves its input alone", () => {
  const given = Object.freeze([scale("b", 1), scale("a", 2)]);
  serialize(given);
  layout(Object.freeze([...given].map((one) => ({ ...one, byteLength: 4 }))));
  expect(given.map(({ name }) => name)).toEqual(["b", "a"]);
});
