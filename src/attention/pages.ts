import { decodeTable, type Fp8Format } from "../numeric/fp8.js";
import { encodeHalves, halfTable } from "../numeric/half-arrays.js";
import { quantise, type Writer } from "../numeric/quantise.js";
import {
  type CacheType,
  type CacheWrite,
  ELEMENT_BYTES,
  type PagedCache,
  type Pool,
  type Sequences,
  scaleOf,
} from "./problem.js";
import type { Steps } from "./steps.js";

/** Some neighbouring positions of one sequence, seen by one KV head. */
export interface RowRange {
  readonly sequence: number;
  readonly kvHead: number;
  readonly begin: number;
  readonly end: number;
}

/** The keys or values of one KV head. */
export interface HeadRows {
  /** [positions, head size], unscaled codes; exact, since every code of every type is a float32. */
  readonly rows: Float32Array;
  readonly size: number;
}

/** Follows the block table and decodes one head's rows begin … end − 1; no byte beside them is read. */
export function gatherRows(
  { cache, sequences }: { readonly cache: PagedCache; readonly sequences: Sequences },
  pool: Pool,
  { sequence, kvHead, begin, end }: RowRange,
): HeadRows {
  const size = pool.headSize;
  const rows = new Float32Array((end - begin) * size);
  const decode = decoderOf(cache.type, pool.bytes);
  for (let position = begin; position < end; position++) {
    const page = Math.floor(position / cache.blockSize);
    const block = sequences.blockTables[sequence * sequences.maxBlocks + page]!;
    const from = elementOf(pool, block, position % cache.blockSize, kvHead);
    decode(from, rows, (position - begin) * size, size);
  }
  return { rows, size };
}

/** Quantises rows and scatters them into their slots; of rows with the same slot the last one wins. */
export function* writePages({ cache, writer, slots, keys, values }: CacheWrite): Steps<void> {
  for (const [pool, rows, scales] of [
    [cache.key, keys, cache.scales.k],
    [cache.value, values, cache.scales.v],
  ] as const) {
    const encode = encoderOf(cache.type, pool.bytes, writer);
    for (let row = 0; row < slots.length; row++) {
      if (slots[row]! < 0) continue;
      for (let head = 0; head < cache.kvHeads; head++) {
        const at = (row * cache.kvHeads + head) * pool.headSize;
        const to = elementOf(
          pool,
          Math.floor(slots[row]! / cache.blockSize),
          slots[row]! % cache.blockSize,
          head,
        );
        encode(rows.subarray(at, at + pool.headSize), scaleOf(scales, head), to);
      }
      yield;
    }
  }
}

function elementOf(pool: Pool, block: number, slot: number, head: number): number {
  return block * pool.blockStride + slot * pool.slotStride + head * pool.headStride;
}

/** Copies `count` decoded elements from element `from` to `out[at …]`. */
type Decoder = (from: number, out: Float32Array, at: number, count: number) => void;

function decoderOf(type: CacheType, bytes: Uint8Array): Decoder {
  if (type === "float32") {
    const elements = floatsOf(bytes);
    return (from, out, at, count) => out.set(elements.subarray(from, from + count), at);
  }
  const half = type === "float16" || type === "bfloat16";
  const codes = half ? halvesOf(bytes) : bytes;
  const table = half ? halfTable(type) : decodeTable(type);
  return (from, out, at, count) => {
    for (let i = 0; i < count; i++) out[at + i] = table[codes[from + i]!]!;
  };
}

/** Encodes `values / scale` to the elements from `to` on. */
type Encoder = (values: Float32Array, scale: number, to: number) => void;

function encoderOf(type: CacheType, bytes: Uint8Array, writer: Writer): Encoder {
  if (type === "float32") {
    const elements = floatsOf(bytes);
    return (values, scale, to) => elements.set(divided(values, scale), to);
  }
  if (type === "float16" || type === "bfloat16") {
    const codes = halvesOf(bytes);
    return (values, scale, to) =>
      void encodeHalves(divided(values, scale), type, codes.subarray(to, to + values.length));
  }
  return fp8Encoder(type, bytes, writer);
}

function fp8Encoder(type: Fp8Format, bytes: Uint8Array, writer: Writer): Encoder {
  return (values, scale, to) =>
    void quantise(values, scale, type, writer, bytes.subarray(to, to + values.length));
}

function divided(values: Float32Array, scale: number): Float32Array {
  return scale === 1 ? values : values.map((value) => value / scale);
}

/** The bytes of a pool as elements of their width; they start at a multiple of it, or `checkProblem` refuses. */
export function elementsOf(bytes: Uint8Array, type: CacheType): Uint8Array | Uint16Array | Float32Array {
  const views = { 1: () => bytes, 2: () => halvesOf(bytes), 4: () => floatsOf(bytes) };
  return views[ELEMENT_BYTES[type]]();
}

function floatsOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  return new Float32Array(buffer, byteOffset, Math.floor(byteLength / 4));
}

function halvesOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, Math.floor(byteLength / 2));
}
