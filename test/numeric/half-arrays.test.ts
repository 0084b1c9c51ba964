import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bf16ToNumber, f16ToNumber, numberToBf16, numberToF16 } from "../../src/numeric/half.js";
import { encodeHalves, halfTable } from "../../src/numeric/half-arrays.js";
import { EVERY_HALF } from "./halves.js";

const SCALAR = {
  float16: { encode: numberToF16, decode: f16ToNumber },
  bfloat16: { encode: numberToBf16, decode: bf16ToNumber },
};

describe.each(["float16", "bfloat16"] as const)("%s arrays", (format) => {
  it("decode every code as arithmetic does", () => {
    expect(halfTable(format)).toEqual(EVERY_HALF[format]);
  });

  it("return every code but the NaNs, which become one", () => {
    const codes = encodeHalves(halfTable(format), format, new Uint16Array(65_536));
    const wrong = [...codes.keys()].filter(
      (code) => !Number.isNaN(EVERY_HALF[format][code]) && codes[code] !== code,
    );
    expect(wrong).toEqual([]);
    expect(codes[0xffff]).toBe(format === "float16" ? 0x7e00 : 0x7fc0);
  });

  it("round as the scalar function does, on any float32 and around every tie", () => {
    const table = halfTable(format);
    const floats = new Float32Array(1);
    const bits = new Uint32Array(floats.buffer);
    const any = fc.integer({ min: 0, max: 0xffff_ffff });
    const ties = fc.tuple(fc.nat(0xffff), fc.integer({ min: -2, max: 2 })).map(([code, ulps]) => {
      floats[0] = (table[code]! + (table[code + 1] ?? 0)) / 2;
      return (bits[0]! + ulps) >>> 0;
    });
    fc.assert(
      fc.property(fc.oneof(any, ties), (pattern) => {
        bits[0] = pattern;
        return encodeHalves(floats, format, new Uint16Array(1))[0] === SCALAR[format].encode(floats[0]!);
      }),
      { seed: 5, numRuns: 20_000 },
    );
  });
});
