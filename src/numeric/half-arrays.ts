import { gridOf, nearestMagnitude } from "./grid.js";
import { bf16ToNumber, f16ToNumber } from "./half.js";

/** The 16-bit floats of weights and caches, in the words of a config's `torch_dtype`. */
export type HalfFormat = "float16" | "bfloat16";

/** The values of all 65,536 codes. Built at the first call and shared: do not write to it. */
export function halfTable(format: HalfFormat): Float32Array {
  const known = tables.get(format);
  if (known !== undefined) return known;
  const decode = HALVES[format].decode;
  const table = Float32Array.from({ length: 65_536 }, (_, code) => decode(code));
  tables.set(format, table);
  return table;
}

/** Rounds `values` to nearest even into `out`; too large becomes infinite, NaN the quiet positive NaN. */
export function encodeHalves(values: Float32Array, format: HalfFormat, out: Uint16Array): Uint16Array {
  const { grid, infinity, nan } = HALVES[format];
  const patterns = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const bits = patterns[i]!;
    const absolute = bits & 0x7fffffff;
    const magnitude = Math.min(nearestMagnitude(absolute, values[i]!, grid), infinity);
    out[i] = absolute > 0x7f800000 ? nan : ((bits >>> 16) & 0x8000) | magnitude;
  }
  return out;
}

const HALVES = {
  float16: { grid: gridOf(15, 10), infinity: 0x7c00, nan: 0x7e00, decode: f16ToNumber },
  bfloat16: { grid: gridOf(127, 7), infinity: 0x7f80, nan: 0x7fc0, decode: bf16ToNumber },
};

const tables = new Map<HalfFormat, Float32Array>();
