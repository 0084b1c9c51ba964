import { describe, expect, it } from "vitest";
import { bf16ToNumber, f16ToNumber, numberToBf16, numberToF16 } from "../../src/numeric/half.js";

const CODES = Array.from({ length: 65_536 }, (_, code) => code);
const view = new DataView(new ArrayBuffer(8));

/** The same values by the bits of a float32, which both formats widen to. */
const FORMATS = [
  {
    name: "float16",
    decode: f16ToNumber,
    encode: numberToF16,
    widen: widenF16,
    infinity: 0x7c00,
    nan: 0x7e00,
  },
  {
    name: "bfloat16",
    decode: bf16ToNumber,
    encode: numberToBf16,
    widen: widenBf16,
    infinity: 0x7f80,
    nan: 0x7fc0,
  },
] as const;

describe.each(FORMATS)("$name", ({ decode, encode, widen, infinity, nan }) => {
  const finite = CODES.slice(0, infinity);

  it("reads all 65,536 codes", () => {
    expect(CODES.filter((code) => !Object.is(decode(code), widen(code)))).toEqual([]);
  });

  it("writes all 65,536 values back; every NaN as one", () => {
    const expected = (code: number) => (Number.isNaN(decode(code)) ? nan : code);
    expect(CODES.filter((code) => encode(decode(code)) !== expected(code))).toEqual([]);
  });

  it("rounds every tie to the even code, and what is a float64 beside it to the nearer one", () => {
    const wrong = finite.filter((code) => {
      const tie = (decode(code) + upper(code)) / 2;
      const even = code + (code & 1);
      return (
        encode(tie) !== even || encode(besides(tie, -1)) !== code || encode(besides(tie, 1)) !== code + 1
      );
    });
    expect(wrong).toEqual([]);
  });

  it("rounds negative values as it does positive ones", () => {
    const wrong = finite.filter((code) => {
      const value = decode(code) + (upper(code) - decode(code)) * 0.7;
      return encode(-value) !== (encode(value) | 0x8000);
    });
    expect(wrong).toEqual([]);
  });

  it("sends what is beyond to infinity or zero", () => {
    expect([encode(Infinity), encode(-Infinity), encode(Number.MAX_VALUE)]).toEqual([
      infinity,
      infinity | 0x8000,
      infinity,
    ]);
    expect([encode(Number.MIN_VALUE), encode(-Number.MIN_VALUE), encode(-0)]).toEqual([0, 0x8000, 0x8000]);
    expect(encode(decode(1) / 2)).toBe(0);
  });

  /** The next value up; for the largest, what it would be with one exponent more. */
  function upper(code: number): number {
    return code + 1 < infinity ? decode(code + 1) : 2 * decode(code) - decode(code - 1);
  }
});

it("keeps known values", () => {
  expect([0x3c00, 0x7bff, 0x0001, 0x0400, 0x3555].map(f16ToNumber)).toEqual([
    1,
    65504,
    2 ** -24,
    2 ** -14,
    0.333251953125,
  ]);
  expect([0x3f80, 0x4049, 0x0001, 0x7f7f].map(bf16ToNumber)).toEqual([
    1,
    3.140625,
    2 ** -133,
    3.3895313892515355e38,
  ]);
  expect([65519.99, 65520].map(numberToF16)).toEqual([0x7bff, 0x7c00]);
});

function widenBf16(code: number): number {
  view.setUint32(0, code * 0x1_0000);
  return view.getFloat32(0);
}

function widenF16(code: number): number {
  const exponent = (code >> 10) & 31;
  const fraction = code & 1023;
  const sign = code >= 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * (fraction / 16_777_216);
  view.setUint32(0, (exponent === 31 ? 255 : exponent + 112) * 0x80_0000 + fraction * 0x2000);
  return sign * view.getFloat32(0);
}

/** The float64 next to a positive one. */
function besides(value: number, step: 1 | -1): number {
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(step));
  return view.getFloat64(0);
}
