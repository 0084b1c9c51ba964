import { type CacheScales, type CacheType, ELEMENT_BYTES, type PagedCache, type Pool } from "./problem.js";

/** Sizes of a cache, before its bytes. */
export interface CacheShape {
  readonly kvHeads: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly blockSize: number;
  readonly blocks: number;
}

/**
 * How vLLM orders a page: "NHD" slot by slot, "HND" head by head; "interleaved" when keys and values of a
 * slot and head lie side by side in one pool (vLLM cpu_attn.py and flash_attn.py @017e9f4), else they have
 * a pool each.
 */
export type LayoutName = "NHD" | "HND" | "NHD-interleaved" | "HND-interleaved";

/** A cache of zero bytes in the named layout. */
export function emptyCache(
  type: CacheType,
  shape: CacheShape,
  scales: CacheScales,
  layout: LayoutName = "NHD",
): PagedCache {
  const { kvHeads, blockSize, blocks } = shape;
  return { type, kvHeads, blockSize, blocks, scales, ...poolsOf(type, shape, layout) };
}

/** The layouts, for whoever wants them all. */
export const LAYOUTS: readonly LayoutName[] = ["NHD", "HND", "NHD-interleaved", "HND-interleaved"];

/** Slots for rows 0 … count − 1 of a sequence that occupies the pages of `table`, in order. */
export function slotsOf(table: ArrayLike<number>, blockSize: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => {
    return table[Math.floor(row / blockSize)]! * blockSize + (row % blockSize);
  });
}

function poolsOf(type: CacheType, shape: CacheShape, layout: LayoutName): { key: Pool; value: Pool } {
  const { keySize, valueSize } = shape;
  const order = layout.startsWith("NHD") ? "NHD" : "HND";
  const bytesFor = (size: number) =>
    new Uint8Array(shape.blocks * shape.blockSize * shape.kvHeads * size * ELEMENT_BYTES[type]);
  if (!layout.endsWith("interleaved")) {
    return {
      key: { bytes: bytesFor(keySize), headSize: keySize, ...stridesOf(order, shape, keySize) },
      value: { bytes: bytesFor(valueSize), headSize: valueSize, ...stridesOf(order, shape, valueSize) },
    };
  }
  const bytes = bytesFor(keySize + valueSize);
  const strides = stridesOf(order, shape, keySize + valueSize);
  return {
    key: { bytes, headSize: keySize, ...strides },
    value: { bytes: bytes.subarray(keySize * ELEMENT_BYTES[type]), headSize: valueSize, ...strides },
  };
}

function stridesOf(order: "NHD" | "HND", { kvHeads, blockSize }: CacheShape, row: number) {
  const blockStride = blockSize * kvHeads * row;
  return order === "NHD"
    ? { blockStride, slotStride: kvHeads * row, headStride: row }
    : { blockStride, slotStride: row, headStride: blockSize * row };
}
