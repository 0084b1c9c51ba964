import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTable, FP8_FORMATS, type Fp8Format } from "../../src/numeric/fp8.js";
import { quantise, type Writer, writes } from "../../src/numeric/quantise.js";
import { EVERY_HALF } from "./halves.js";
import { nearestCode, truncatedCode } from "./nearest.js";

const FORMATS = Object.keys(FP8_FORMATS) as Fp8Format[];
const SCALES = [1, 0.5, 0.023, 1 / 3, 2 ** -14, 1024, 7.1e-3].map(Math.fround);
const HALVES = ["float16", "bfloat16"] as const;

const one = (value: number, scale: number, format: Fp8Format, writer: Writer = "cuda") =>
  quantise(Float32Array.of(value), scale, format, writer, new Uint8Array(1))[0]!;

describe.each(FORMATS)("the cuda writer of %s", (format) => {
  describe.each(HALVES)("on every %s", (half) => {
    it.each(SCALES)("agrees with a search of the sorted table at scale %s", (scale) => {
      const values = EVERY_HALF[half];
      const codes = quantise(values, scale, format, "cuda", new Uint8Array(65_536));
      const wrong = [...values].flatMap((value, i) => {
        const code = nearestCode(Math.fround(value / scale), format);
        return code === codes[i] ? [] : [{ value, code, found: codes[i] }];
      });
      expect(wrong).toEqual([]);
    });
  });

  it("agrees with the search on any float32, around every tie too", () => {
    const table = decodeTable(format);
    const bits = fc.integer({ min: 0, max: 0xffff_ffff }).map(floatOf);
    const ties = fc.tuple(fc.nat(254), fc.integer({ min: -2, max: 2 })).map(([code, ulps]) => {
      const middle = (table[code]! + (table[code + 1] ?? 0)) / 2;
      return Number.isFinite(middle) ? floatOf(bitsOf(middle) + ulps) : middle;
    });
    fc.assert(
      fc.property(fc.oneof(bits, ties), (value) => one(value, 1, format) === nearestCode(value, format)),
      { seed: 11, numRuns: 30_000 },
    );
  });

  it("returns every code that it can write: quantise ∘ dequantise = identity", () => {
    const table = decodeTable(format);
    for (let code = 0; code < 256; code++) {
      if (Number.isFinite(table[code])) expect(one(table[code]!, 1, format)).toBe(code);
    }
  });

  it("propagates NaN from the value and from the scale, and divides zero by zero to NaN", () => {
    const { nanCode } = FP8_FORMATS[format];
    expect([one(NaN, 1, format), one(1, NaN, format), one(0, 0, format)]).toEqual([
      nanCode,
      nanCode,
      nanCode,
    ]);
  });
});

/** [value, e4m3fn, e4m3fnuz, e5m2] by the cuda writer at scale 1. */
const EDGES: readonly (readonly [number, number, number, number])[] = [
  [448, 0x7e, 0x7f, 0x5f],
  [464, 0x7e, 0x7f, 0x5f],
  [465, 0x7e, 0x7f, 0x5f],
  [1e9, 0x7e, 0x7f, 0x7b],
  [Infinity, 0x7e, 0x7f, 0x7b],
  [-Infinity, 0xfe, 0xff, 0xfb],
  [61440, 0x7e, 0x7f, 0x7b],
  [-0, 0x80, 0x00, 0x80],
  [2 ** -10, 0x00, 0x01, 0x14],
  [-(2 ** -10), 0x80, 0x81, 0x94],
  [Math.fround(2 ** -10 + 2 ** -33), 0x01, 0x01, 0x14],
  [2 ** -11, 0x00, 0x00, 0x10],
  [-(2 ** -11), 0x80, 0x00, 0x90],
  [2 ** -17, 0x00, 0x00, 0x00],
  [2 ** -149, 0x00, 0x00, 0x00],
];

it.each(EDGES)("the cuda writer turns %s into 0x%s", (value, fn, fnuz, e5m2) => {
  expect(FORMATS.map((format) => one(value, 1, format))).toEqual([fn, fnuz, e5m2]);
});

describe("on values halfway between two codes, where the last bit of a quotient decides", () => {
  const table = decodeTable("float8_e4m3fn");
  const ties = Array.from({ length: 0x7e }, (_, code) => (table[code]! + table[code + 1]!) / 2);
  const halfway = (scale: number) => Float32Array.from(ties, (tie) => tie * scale);

  it.each([0.023, 0.007, 0.3].map(Math.fround))(
    "divides by %s, and does not multiply by the reciprocal",
    (scale) => {
      const values = halfway(scale);
      const found = [...quantise(values, scale, "float8_e4m3fn", "cuda", new Uint8Array(ties.length))];
      const by = (quotient: (value: number) => number) =>
        [...values].map((value) => nearestCode(Math.fround(quotient(value)), "float8_e4m3fn"));
      expect(found).toEqual(by((value) => value / scale));
      expect(found).not.toEqual(by((value) => value * Math.fround(1 / scale)));
    },
  );

  it("takes the scale as a float32", () => {
    const at = (scale: number) => [
      ...quantise(halfway(Math.fround(0.017)), scale, "float8_e4m3fn", "cuda", new Uint8Array(ties.length)),
    ];
    expect(at(0.017)).toEqual(at(Math.fround(0.017)));
    const inFloat64 = [...halfway(Math.fround(0.017))].map((value) =>
      nearestCode(value / 0.017, "float8_e4m3fn"),
    );
    expect(at(0.017)).not.toEqual(inFloat64);
  });
});

describe.each(["float8_e4m3fn", "float8_e5m2"] as const)("the vllm-cpu writer of %s", (format) => {
  describe.each(HALVES)("on every %s", (half) => {
    it.each(SCALES)("truncates the product with the reciprocal at scale %s", (scale) => {
      const reciprocal = Math.fround(1 / scale);
      const values = EVERY_HALF[half];
      const codes = quantise(values, scale, format, "vllm-cpu", new Uint8Array(65_536));
      const wrong = [...values].flatMap((value, i) => {
        const code = truncatedCode(throughSubnormals(Math.fround(value * reciprocal), format), format);
        return code === codes[i] ? [] : [{ value, code, found: codes[i] }];
      });
      expect(wrong).toEqual([]);
    });
  });

  it("turns NaN into the largest value, −0 into +0, and keeps the sign of what it flushes", () => {
    const { largestCode } = FP8_FORMATS[format];
    const codes = [NaN, Infinity, -Infinity, -0, -(2 ** -30)].map((value) =>
      one(value, 1, format, "vllm-cpu"),
    );
    expect(codes).toEqual([largestCode, largestCode, largestCode | 0x80, 0x00, 0x80]);
  });

  it("is at most one code below the cuda writer", () => {
    const values = EVERY_HALF.bfloat16.filter((value) => Math.abs(value) <= FP8_FORMATS[format].largest);
    const [rounded, truncated] = (["cuda", "vllm-cpu"] as const).map((writer) =>
      quantise(values, 1, format, writer, new Uint8Array(values.length)),
    );
    const gaps = new Set([...rounded!].map((code, i) => (code & 0x7f) - (truncated![i]! & 0x7f)));
    expect(gaps).toEqual(new Set([0, 1]));
  });
});

it("has no vllm-cpu writer for fnuz, and says so", () => {
  expect(writes("vllm-cpu", "float8_e4m3fnuz")).toBe(false);
  expect(() => one(1, 1, "float8_e4m3fnuz", "vllm-cpu")).toThrow(RangeError);
});

it("fills arrays longer than its chunk", () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i) * 40);
  const codes = quantise(values, 0.1, "float8_e4m3fn", "cuda", new Uint8Array(10_000));
  const expected = [...values].map((value) =>
    nearestCode(Math.fround(value / Math.fround(0.1)), "float8_e4m3fn"),
  );
  expect([...codes]).toEqual(expected);
});

/**
 * What is left to truncate: −0 has lost its sign, values are clamped, and the e4m3 writer has multiplied by
 * 2^-120, which rounds to a multiple of float32's smallest step and keeps the sign of what it flushes.
 */
function throughSubnormals(value: number, format: Fp8Format): number {
  const largest = FP8_FORMATS[format].largest;
  if (value === 0) return 0;
  const clamped = Number.isNaN(value) ? value : Math.max(-largest, Math.min(largest, value));
  return format === "float8_e4m3fn" ? Math.fround(clamped * 2 ** -120) * 2 ** 120 : clamped;
}

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}
