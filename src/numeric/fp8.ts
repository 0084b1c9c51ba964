/** The 8-bit floats of a KV cache; the words of `kv_cache_torch_dtype`. */
export type Fp8Format = "float8_e4m3fn" | "float8_e4m3fnuz" | "float8_e5m2";

/** What tells one 8-bit float from another; everything else about it follows. */
export interface Fp8Traits {
  readonly bias: number;
  readonly mantissaBits: number;
  /** Code of the largest finite value, and the value. */
  readonly largestCode: number;
  readonly largest: number;
  /** The smallest value with a full mantissa; below it, values are multiples of `step`. */
  readonly smallestNormal: number;
  readonly step: number;
  /** The code that an encoder writes for NaN. */
  readonly nanCode: number;
  /** True for the "fnuz" family: no −0, and 0x80 is the only NaN. */
  readonly unsignedZero: boolean;
  /** True where 0x7C and 0xFC are infinities. */
  readonly infinite: boolean;
}

/**
 * How far beyond the largest code, relative, a quotient still stands for that code: the scale that puts the largest
 * value there was rounded to float32, and so is the quotient, 2^-24 each.
 */
export const QUOTIENT_ROOM = 2 ** -22;

/** The formats. Source: ml_dtypes README and float8.h @b793a6e; NaN codes of encoders: CUDA 13 cuda_fp8.hpp. */
export const FP8_FORMATS: { readonly [format in Fp8Format]: Fp8Traits } = {
  float8_e4m3fn: traits(7, 3, 0x7e, 448, 0x7f, false, false),
  float8_e4m3fnuz: traits(8, 3, 0x7f, 240, 0x80, true, false),
  float8_e5m2: traits(15, 2, 0x7b, 57344, 0x7f, false, true),
};

/** The values of all 256 codes, exact; NaN and infinities as themselves. Shared: do not write to it. */
export function decodeTable(format: Fp8Format): Float32Array {
  return TABLES[format];
}

/** The value of one code. */
export function decodeFp8(code: number, format: Fp8Format): number {
  return decode(code, FP8_FORMATS[format]);
}

/**
 * Writes `codes[i] · scale` to `out[i]`. A Float64Array receives the exact product (4 + 24 significant
 * bits), a Float32Array the product rounded once.
 */
export function dequantise<Out extends Float32Array | Float64Array>(
  codes: Uint8Array,
  scale: number,
  format: Fp8Format,
  out: Out,
): Out {
  const table = TABLES[format];
  const multiplier = Math.fround(scale);
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]!]! * multiplier;
  return out;
}

function traits(
  bias: number,
  mantissaBits: number,
  largestCode: number,
  largest: number,
  nanCode: number,
  unsignedZero: boolean,
  infinite: boolean,
): Fp8Traits {
  const smallestNormal = 2 ** (1 - bias);
  const step = smallestNormal / 2 ** mantissaBits;
  return {
    bias,
    mantissaBits,
    largestCode,
    largest,
    smallestNormal,
    step,
    nanCode,
    unsignedZero,
    infinite,
  };
}

const TABLES: { readonly [format in Fp8Format]: Float32Array } = {
  float8_e4m3fn: tabulate("float8_e4m3fn"),
  float8_e4m3fnuz: tabulate("float8_e4m3fnuz"),
  float8_e5m2: tabulate("float8_e5m2"),
};

function tabulate(format: Fp8Format): Float32Array {
  return Float32Array.from({ length: 256 }, (_, code) => decode(code, FP8_FORMATS[format]));
}

function decode(code: number, format: Fp8Traits): number {
  if (format.unsignedZero && code === format.nanCode) return Number.NaN;
  const sign = code & 0x80 ? -1 : 1;
  const magnitude = code & 0x7f;
  if (magnitude > format.largestCode) return format.infinite && magnitude === 0x7c ? sign * Infinity : NaN;
  const exponent = magnitude >> format.mantissaBits;
  const fraction = magnitude & ((1 << format.mantissaBits) - 1);
  if (exponent === 0) return sign * fraction * format.step;
  return sign * (fraction + (1 << format.mantissaBits)) * format.step * 2 ** (exponent - 1);
}
