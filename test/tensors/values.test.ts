import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeF32, readNumbers } from "../../src/tensors/values.js";

const TABLE = [
  ["F32", [0, 0, 0x80, 0x3f, 0xcd, 0xcc, 0xcc, 0x3d], [1, 0.10000000149011612]],
  ["F64", [0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f], [0.1]],
  ["F16", [0x00, 0x3c, 0x66, 0x2e, 0x00, 0x80], [1, 0.0999755859375, -0]],
  ["BF16", [0x80, 0x3f, 0xcd, 0x3d, 0x80, 0xff], [1, 0.10009765625, -Infinity]],
  ["F32", [], []],
] as const;

describe("readNumbers", () => {
  it.each(TABLE)("reads %s bytes %j as %j", (dtype, bytes, numbers) => {
    expect(readNumbers(dtype, Uint8Array.from(bytes))).toEqual(numbers);
  });

  it("reads a part of a larger buffer, at any alignment", () => {
    const buffer = Uint8Array.of(9, 9, 9, 0, 0, 0x80, 0x3f, 9);
    expect(readNumbers("F32", buffer.subarray(3, 7))).toEqual([1]);
  });
});

describe("encodeF32", () => {
  it("is undone by readNumbers, bit for bit", () => {
    const floats = fc.array(fc.float(), { maxLength: 8 });
    fc.assert(
      fc.property(floats, (values) => {
        expect(readNumbers("F32", encodeF32(values))).toEqual(values);
      }),
    );
  });

  it("rounds to the nearest float32", () => {
    expect([...encodeF32([0.1, 1 + 2 ** -24])]).toEqual([0xcd, 0xcc, 0xcc, 0x3d, 0, 0, 0x80, 0x3f]);
  });
});
