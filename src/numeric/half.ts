/** A 16-bit float format with a sign, an exponent of the given bias and a fraction of the given bits. */
interface Half {
  readonly fraction: number;
  readonly bias: number;
  /** Code of positive infinity; larger ones, up to the sign bit, are NaN. */
  readonly infinity: number;
  /** The NaN that is written. */
  readonly nan: number;
}

const F16: Half = { fraction: 10, bias: 15, infinity: 0x7c00, nan: 0x7e00 };
const BF16: Half = { fraction: 7, bias: 127, infinity: 0x7f80, nan: 0x7fc0 };

const SIGN = 0x8000;

/** The value of an IEEE 754 binary16 code (0..65535), exactly. */
export const f16ToNumber = (code: number): number => decode(F16, code);

/** The value of a bfloat16 code (0..65535), exactly. */
export const bf16ToNumber = (code: number): number => decode(BF16, code);

/** The binary16 code nearest to a float64, ties to even, rounded once; too large is infinite, any NaN is 0x7e00. */
export const numberToF16 = (value: number): number => encode(F16, value);

/** The bfloat16 code nearest to a float64, ties to even, rounded once; too large is infinite, any NaN is 0x7fc0. */
export const numberToBf16 = (value: number): number => encode(BF16, value);

function decode({ fraction, bias, infinity }: Half, code: number): number {
  const sign = (code & SIGN) === 0 ? 1 : -1;
  const magnitude = code & ~SIGN;
  if (magnitude >= infinity) return magnitude === infinity ? sign * Infinity : NaN;
  const exponent = magnitude >> fraction;
  const digits = magnitude & ((1 << fraction) - 1);
  if (exponent === 0) return sign * digits * 2 ** (1 - bias - fraction);
  return sign * (digits + (1 << fraction)) * 2 ** (exponent - bias - fraction);
}

function encode({ fraction, bias, infinity, nan }: Half, value: number): number {
  if (Number.isNaN(value)) return nan;
  const sign = value < 0 || Object.is(value, -0) ? SIGN : 0;
  const exponent = Math.max(exponentOf(value), 1 - bias);
  if (exponent > bias) return sign | infinity;
  const digits = toEven(Math.abs(value) * 2 ** (fraction - exponent));
  // Rounding up may carry into the exponent, and from the largest code into infinity, as it should.
  return sign | (((exponent + bias - 1) << fraction) + digits);
}

/** Power of two of a float64's leading digit; -1023 for zero and subnormals, 1024 for infinity. */
function exponentOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}

/** Nearest whole number, ties to even, by the float64 rounding of an addition; for 0 to 2^51. */
function toEven(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}
