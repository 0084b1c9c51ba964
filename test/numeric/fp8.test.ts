import { describe, expect, it } from "vitest";
import { decodeFp8, decodeTable, dequantise, FP8_FORMATS, type Fp8Format } from "../../src/numeric/fp8.js";

const FORMATS = Object.keys(FP8_FORMATS) as Fp8Format[];

/** The landmarks of each format, by code; from the OCP FP8 paper and the ml_dtypes README. */
const LANDMARKS: Record<Fp8Format, readonly (readonly [code: number, value: number])[]> = {
  float8_e4m3fn: [
    [0x00, 0],
    [0x80, -0],
    [0x01, 2 ** -9],
    [0x07, 7 * 2 ** -9],
    [0x08, 2 ** -6],
    [0x38, 1],
    [0xb8, -1],
    [0x39, 1.125],
    [0x7e, 448],
    [0xfe, -448],
    [0x7f, NaN],
    [0xff, NaN],
  ],
  float8_e4m3fnuz: [
    [0x00, 0],
    [0x80, NaN],
    [0x01, 2 ** -10],
    [0x08, 2 ** -7],
    [0x40, 1],
    [0x7f, 240],
    [0xff, -240],
  ],
  float8_e5m2: [
    [0x00, 0],
    [0x80, -0],
    [0x01, 2 ** -16],
    [0x04, 2 ** -14],
    [0x3c, 1],
    [0x7b, 57344],
    [0x7c, Infinity],
    [0xfc, -Infinity],
    [0x7d, NaN],
    [0x7f, NaN],
    [0xfd, NaN],
  ],
};

describe.each(FORMATS)("%s", (format) => {
  it("has its landmarks", () => {
    for (const [code, value] of LANDMARKS[format])
      expect(decodeFp8(code, format), `0x${code.toString(16)}`).toBe(value);
  });

  it("decodes every code as the sum of its binary digits", () => {
    for (let code = 0; code < 256; code++) {
      expect(decodeTable(format)[code], `0x${code.toString(16)}`).toBe(digitSum(code, format));
    }
  });

  it("has traits that follow from its table", () => {
    const traits = FP8_FORMATS[format];
    const finite = [...decodeTable(format)].filter(Number.isFinite);
    expect(Math.max(...finite)).toBe(traits.largest);
    expect(decodeFp8(traits.largestCode, format)).toBe(traits.largest);
    expect(Math.min(...finite.filter((value) => value > 0))).toBe(traits.step);
    expect(decodeFp8(1 << traits.mantissaBits, format)).toBe(traits.smallestNormal);
    expect(decodeFp8(traits.nanCode, format)).toBeNaN();
  });

  it("dequantises exactly into float64, and with one rounding into float32", () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const scale = Math.fround(0.1);
    const exact = dequantise(codes, 0.1, format, new Float64Array(256));
    const rounded = dequantise(codes, 0.1, format, new Float32Array(256));
    codes.forEach((code) => {
      expect(exact[code]).toBe(decodeFp8(code, format) * scale);
      expect(rounded[code]).toBe(Math.fround(decodeFp8(code, format) * scale));
    });
  });
});

it("reads an fnuz code as half of the same e4m3fn code", () => {
  for (let code = 0; code < 0x7f; code++) {
    expect(decodeFp8(code, "float8_e4m3fnuz")).toBe(decodeFp8(code, "float8_e4m3fn") / 2);
  }
});

/** A second definition: sign, then the weight of each set bit; a subnormal lacks the implicit one. */
function digitSum(code: number, format: Fp8Format): number {
  const width = format === "float8_e5m2" ? 2 : 3;
  const bias = { float8_e4m3fn: 7, float8_e4m3fnuz: 8, float8_e5m2: 15 }[format];
  const bits = code.toString(2).padStart(8, "0");
  const exponent = Number.parseInt(bits.slice(1, 8 - width), 2);
  const fraction = [...bits.slice(8 - width)].reduce((sum, bit, i) => sum + Number(bit) * 2 ** -(i + 1), 0);
  const sign = bits[0] === "1" ? -1 : 1;
  if (format === "float8_e4m3fnuz" && bits === "10000000") return NaN;
  if (format === "float8_e4m3fn" && bits.slice(1) === "1111111") return NaN;
  if (format === "float8_e5m2" && exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
