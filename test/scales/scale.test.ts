import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/errors.js";
import { type Stored, scaleOf } from "../../src/scales/scale.js";

function stored(dtype: Stored["dtype"], shape: readonly number[], ...bytes: number[]): Stored {
  return { dtype, shape, bytes: Uint8Array.from(bytes) };
}

const VALUES: readonly (readonly [what: string, stored: Stored, values: readonly number[]])[] = [
  ["F32", stored("F32", [], 0xfa, 0x82, 0x3e, 0x3c), [0.011627906933426857]],
  ["F64", stored("F64", [1], 0, 0, 0, 0, 0, 0, 0xf0, 0x3f), [1]],
  ["BF16", stored("BF16", [1], 0x4d, 0x3c), [0.01251220703125]],
  ["BF16, NaN", stored("BF16", [1], 0xc0, 0x7f), [Number.NaN]],
  ["F16, 1", stored("F16", [], 0x00, 0x3c), [1]],
  ["F16, the smallest", stored("F16", [], 0x01, 0x00), [2 ** -24]],
  ["F16, the largest", stored("F16", [], 0xff, 0x7b), [65504]],
  ["F16, minus infinity", stored("F16", [], 0x00, 0xfc), [-Infinity]],
  ["F16, NaN", stored("F16", [], 0x01, 0x7c), [Number.NaN]],
  ["F16, minus zero", stored("F16", [], 0x00, 0x80), [-0]],
];

describe("scaleOf", () => {
  it.each(VALUES)("reads %s exactly", (_, tensor, values) => {
    expect(scaleOf(tensor, {})).toEqual({ per: "tensor", values, stored: tensor });
  });

  it("reads at an odd offset of a larger buffer", () => {
    const bytes = Uint8Array.from([9, 0x4d, 0x3c]).subarray(1);
    expect(scaleOf({ dtype: "BF16", shape: [1], bytes }, {}).values).toEqual([0.01251220703125]);
  });

  it.each([[[2]], [[2, 1, 1]], [[1, 2]], [[1, 2, 1, 1]]])(
    "reads shape %j as one number per head",
    (shape) => {
      const scale = scaleOf(stored("BF16", shape, 0x80, 0x3f, 0x00, 0x40), {});
      expect(scale).toMatchObject({ per: "head", values: [1, 2] });
    },
  );

  it.each([[[]], [[1]], [[1, 1, 1]]])("reads shape %j as one number per layer", (shape) => {
    expect(scaleOf(stored("BF16", shape, 0x80, 0x3f), {})).toMatchObject({ per: "tensor", values: [1] });
  });

  it.each([[[0]], [[2, 2]], [[2, 0]]])("refuses shape %j, naming file and tensor", (shape) => {
    const read = () =>
      scaleOf(stored("BF16", shape, 0, 0, 0, 0, 0, 0, 0, 0), { file: "a.safetensors", tensor: "x.k_scale" });
    expect(read).toThrow(/a\.safetensors, tensor "x\.k_scale".*shape/);
  });

  it.each(["F8_E4M3", "I8", "U8", "F8_E8M0", "I64"] as const)("refuses dtype %s", (dtype) => {
    expect(() => scaleOf(stored(dtype, [1], 1), {})).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "scale-dtype", exit: "data" }),
    );
  });
});
