import { expect, it } from "vitest";
import { bitsOf, DTYPES, dtypeNamed, rankOf } from "../../src/tensors/dtype.js";

const BITS = {
  4: "F4",
  6: "F6_E2M3 F6_E3M2",
  8: "BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ",
  16: "I16 U16 F16 BF16",
  32: "I32 U32 F32",
  64: "C64 F64 I64 U64",
} as const;
const ORDER =
  "BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64";

it("has the 22 types in the order of alignment", () => {
  expect(DTYPES.map(({ name }) => name).join(" ")).toBe(ORDER);
  expect(DTYPES.map(({ name }) => rankOf(name))).toEqual([...DTYPES.keys()]);
});

it.each(Object.entries(BITS))("gives %s bits to %s", (bits, names) => {
  expect(names.split(" ").map((name) => bitsOf(dtypeNamed(name)!))).toEqual(
    names.split(" ").map(() => Number(bits)),
  );
});

it("knows a name by its exact spelling alone", () => {
  expect(["f32", "F32 ", "", "F8_E4M3FN", "__proto__", "constructor"].map(dtypeNamed)).toEqual(
    Array(6).fill(undefined),
  );
});
