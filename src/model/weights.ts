import { decodeTable } from "../numeric/fp8.js";
import { encodeHalves, halfTable } from "../numeric/half-arrays.js";
import type { BlockScales, Matrix, WeightType } from "./ops.js";

/** Bytes of one stored element. */
export const WEIGHT_BYTES: { readonly [type in WeightType]: 1 | 2 | 4 } = {
  float8_e4m3fn: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2: 1,
  float16: 2,
  bfloat16: 2,
  float32: 4,
};

/** Row `row` of a matrix as float32 [columns]: exact, or for scaled codes the product rounded once. */
export function decodeRow({ type, columns, bytes, scales }: Matrix, row: number): Float32Array {
  const size = columns * WEIGHT_BYTES[type];
  // A copy, because bytes of a file need not lie where a wider array may begin.
  const values = decode(type, bytes.slice(row * size, (row + 1) * size));
  if (scales !== undefined) multiply(values, row, scales);
  return values;
}

/** Scales of one row of blocks, and how many such rows there are. */
export function blocksOf({ rows, columns }: Matrix, scales: BlockScales): readonly [number, number] {
  return [Math.ceil(rows / scales.blockRows), Math.ceil(columns / scales.blockColumns)];
}

/** Each number rounded to the nearest BF16, ties to even. */
export function roundToBf16(values: Float32Array): Float32Array {
  const table = halfTable("bfloat16");
  const codes = encodeHalves(values, "bfloat16", new Uint16Array(values.length));
  return Float32Array.from(codes, (code) => table[code]!);
}

function decode(type: WeightType, bytes: Uint8Array): Float32Array {
  if (type === "float32") return new Float32Array(bytes.buffer);
  const half = type === "float16" || type === "bfloat16";
  const codes = half ? new Uint16Array(bytes.buffer) : bytes;
  const table = half ? halfTable(type) : decodeTable(type);
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!;
  return values;
}

function multiply(
  values: Float32Array,
  row: number,
  { values: scales, blockRows, blockColumns }: BlockScales,
) {
  const first = Math.floor(row / blockRows) * Math.ceil(values.length / blockColumns);
  for (let i = 0; i < values.length; i++) values[i]! *= scales[first + Math.floor(i / blockColumns)]!;
}
