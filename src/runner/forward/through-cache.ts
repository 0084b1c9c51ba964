import { emptyCache } from "../../attention/layout.js";
import type { CacheType, Problem } from "../../attention/problem.js";
import type { Backend } from "../../backend/backend.js";
import { decodeTable, type Fp8Format } from "../../numeric/fp8.js";
import { encodeHalves, halfTable } from "../../numeric/half-arrays.js";
import { quantise } from "../../numeric/quantise.js";
import { type Batch, BLOCK_SIZE } from "./batch.js";
import type { CacheChoice, Kept } from "./stream.js";

/** What a layer attends with: queries [tokens, heads, headSize], keys and values [tokens, KV heads, headSize]. */
export interface LayerInput {
  readonly query: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** How its logits become weights, and its sizes. */
export type LayerForm = Pick<Problem, "softmaxScale" | "window" | "softcap" | "heads"> & {
  readonly kvHeads: number;
  readonly headSize: number;
};

/**
 * Attention over a cache that was written first, every position reading back what it holds. Returns [tokens, heads,
 * headSize]. Roles of two types share a float32 cache of what each type would give back, which is exact for 16 bits
 * and, for FP8, the code times the scale rounded once.
 */
export async function attendThrough(
  choice: CacheChoice,
  input: LayerInput,
  form: LayerForm,
  batch: Batch,
  backend: Backend,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { kvHeads, headSize, ...rest } = form;
  const shape = {
    kvHeads,
    keySize: headSize,
    valueSize: headSize,
    blockSize: BLOCK_SIZE,
    blocks: batch.blocks,
  };
  const mixed = choice.k.type !== choice.v.type;
  const type: CacheType = mixed ? "float32" : choice.k.type;
  const scales = mixed ? { k: ONE, v: ONE } : { k: choice.k.scales, v: choice.v.scales };
  const cache = emptyCache(type, shape, scales, "HND");
  const heads = { kvHeads, headSize };
  const keys = mixed ? givenBack(input.keys, choice.k, heads, choice) : input.keys;
  const values = mixed ? givenBack(input.values, choice.v, heads, choice) : input.values;
  const writer = type.startsWith("float8") ? choice.writer : "cuda";
  await backend.writeCache({ cache, writer, keys, values, slots: batch.slots }, signal);
  const { out } = await backend.attend(
    { cache, sequences: batch.sequences, query: input.query, ...rest },
    signal,
  );
  return out;
}

const ONE = Float32Array.of(1);

/** What a cache of that type holds of the values. */
function givenBack(
  values: Float32Array,
  { type, scales }: Kept,
  { kvHeads, headSize }: { readonly kvHeads: number; readonly headSize: number },
  { writer }: CacheChoice,
): Float32Array {
  if (type === "float32") return values;
  if (type === "float16" || type === "bfloat16") {
    const table = halfTable(type);
    return Float32Array.from(
      encodeHalves(values, type, new Uint16Array(values.length)),
      (code) => table[code]!,
    );
  }
  return throughFp8(
    values,
    type,
    (row) => scales[scales.length === 1 ? 0 : row % kvHeads]!,
    headSize,
    writer,
  );
}

function throughFp8(
  values: Float32Array,
  format: Fp8Format,
  scaleOf: (row: number) => number,
  size: number,
  writer: CacheChoice["writer"],
): Float32Array {
  const table = decodeTable(format);
  const codes = new Uint8Array(size);
  const held = new Float32Array(values.length);
  for (let row = 0; row * size < values.length; row++) {
    const scale = scaleOf(row);
    quantise(values.subarray(row * size, (row + 1) * size), scale, format, writer, codes);
    for (let i = 0; i < size; i++) held[row * size + i] = table[codes[i]!]! * scale;
  }
  return held;
}
