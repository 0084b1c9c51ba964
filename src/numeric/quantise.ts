import { FP8_FORMATS, type Fp8Format, type Fp8Traits } from "./fp8.js";
import { gridOf, nearestMagnitude } from "./grid.js";

/**
 * How floats become codes. "cuda": divide by the scale, round once to nearest even, saturate (CUDA's
 * SATFINITE). "vllm-cpu": multiply by the reciprocal, clamp, truncate, as vLLM's CPU cache writer does.
 */
export type Writer = "cuda" | "vllm-cpu";

/** True where that writer exists; vLLM's CPU backend knows no fnuz format. */
export function writes(writer: Writer, format: Fp8Format): boolean {
  return writer === "cuda" || !FP8_FORMATS[format].unsignedZero;
}

/**
 * Encodes `values[i] / scale` into `out[i]`, all in float32. By "cuda" NaN stays NaN without its sign, and
 * infinities saturate; by "vllm-cpu" NaN becomes the largest value and −0 becomes +0. Throws a RangeError
 * where the writer does not exist for the format.
 */
export function quantise(
  values: Float32Array,
  scale: number,
  format: Fp8Format,
  writer: Writer,
  out: Uint8Array,
): Uint8Array {
  if (!writes(writer, format)) throw new RangeError(`the ${writer} writer has no ${format}`);
  const [divide, encode] =
    writer === "cuda" ? [quotients, encodeRounded] : [clampedProducts, encodeTruncated];
  const traits = FP8_FORMATS[format];
  for (let at = 0; at < values.length; at += CHUNK) {
    const chunk = values.subarray(at, at + CHUNK);
    divide(chunk, Math.fround(scale), traits.largest);
    encode(chunk.length, traits, out.subarray(at, at + chunk.length));
  }
  return out;
}

/** Float32 results of the division, and the same memory as bit patterns. */
const CHUNK = 2048;
const quotient = new Float32Array(CHUNK);
const pattern = new Int32Array(quotient.buffer);

// Rounding a float64 quotient of two float32 numbers to float32 is IEEE float32 division: 53 bits are more
// than twice 24, so that rounding twice cannot differ from rounding once.
function quotients(values: Float32Array, scale: number): void {
  for (let i = 0; i < values.length; i++) quotient[i] = values[i]! / scale;
}

function encodeRounded(length: number, format: Fp8Traits, out: Uint8Array): void {
  const grid = gridOf(format.bias, format.mantissaBits);
  const { largestCode, nanCode, unsignedZero } = format;
  for (let i = 0; i < length; i++) {
    const bits = pattern[i]!;
    const absolute = bits & 0x7fffffff;
    const magnitude = Math.min(nearestMagnitude(absolute, quotient[i]!, grid), largestCode);
    const sign = unsignedZero && magnitude === 0 ? 0 : (bits >>> 24) & 0x80;
    out[i] = absolute > 0x7f800000 ? nanCode : sign | magnitude;
  }
}

function clampedProducts(values: Float32Array, scale: number, largest: number): void {
  const reciprocal = Math.fround(1 / scale);
  for (let i = 0; i < values.length; i++) {
    const product = Math.fround(values[i]! * reciprocal);
    // The writer's std::min(largest, NaN) is its first argument.
    quotient[i] = Number.isNaN(product) ? largest : Math.max(-largest, Math.min(product, largest));
  }
}

// Source: vLLM csrc/cpu/cpu_attn_fp8.hpp @017e9f4. Its e4m3 takes the bits left by a multiplication by
// 2^-120, which rounds once to float32's own subnormals; its e5m2 shifts the significand instead.
function encodeTruncated(length: number, format: Fp8Traits, out: Uint8Array): void {
  const magnitudeOf = format.infinite ? truncatedShift : truncatedProduct;
  for (let i = 0; i < length; i++) {
    const sign = (pattern[i]! >>> 24) & 0x80;
    out[i] = quotient[i] === 0 ? 0 : sign | magnitudeOf(i, format);
  }
}

function truncatedProduct(i: number): number {
  quotient[i] = quotient[i]! * 2 ** -120;
  return (pattern[i]! >>> 20) & 0x7f;
}

function truncatedShift(i: number, format: Fp8Traits): number {
  const steps = Math.abs(quotient[i]!) / format.step;
  const normal = ((pattern[i]! >>> (23 - format.mantissaBits)) & 0x3ff) - ((127 - format.bias) << 2);
  return steps < 1 << format.mantissaBits ? Math.floor(steps) : normal;
}
