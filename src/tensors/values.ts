import { bf16ToNumber, f16ToNumber } from "../numeric/half.js";
import type { Dtype } from "./dtype.js";
import { refuse } from "./rules.js";

interface FloatReader {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

/** The types that scales come in; every value of each is a float64 exactly. */
const READERS: ReadonlyMap<Dtype, FloatReader> = new Map<Dtype, FloatReader>([
  ["F64", { bytes: 8, read: (view, at) => view.getFloat64(at, true) }],
  ["F32", { bytes: 4, read: (view, at) => view.getFloat32(at, true) }],
  ["F16", { bytes: 2, read: (view, at) => f16ToNumber(view.getUint16(at, true)) }],
  ["BF16", { bytes: 2, read: (view, at) => bf16ToNumber(view.getUint16(at, true)) }],
]);

/**
 * The numbers that little-endian bytes of a floating-point dtype hold, exactly. Throws a data Refusal for
 * other dtypes (`values-dtype`) and for a fraction of an element (`values-length`).
 */
export function readNumbers(dtype: Dtype, bytes: Uint8Array): number[] {
  const reader = READERS.get(dtype);
  if (reader === undefined) return refuse("values-dtype", `${dtype}`, {});
  if (bytes.length % reader.bytes !== 0)
    return refuse("values-length", `${bytes.length} bytes of ${dtype}`, {});
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / reader.bytes }, (_, at) => reader.read(view, at * reader.bytes));
}

/** Little-endian F32 bytes of the values; each is rounded to the nearest float32, ties to even. */
export function encodeF32(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, at) => {
    view.setFloat32(at * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}
