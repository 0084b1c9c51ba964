import type { Writer } from "../numeric/quantise.js";
import { emptyCache, type LayoutName, slotsOf } from "./layout.js";
import type { CacheScales, CacheType, CacheWrite, Problem } from "./problem.js";

/** The sizes of one layer's attention. */
export interface LayerShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly keySize: number;
  readonly valueSize: number;
}

/** What one layer attends with: one sequence, its keys and values, and the queries at its end. */
export interface LayerValues {
  /** [queries, heads, keySize]. */
  readonly query: Float32Array;
  /** [keys, kvHeads, keySize]. */
  readonly keys: Float32Array;
  /** [keys, kvHeads, valueSize]. */
  readonly values: Float32Array;
}

/** How one layer's logits become weights; fields as in `Problem`. */
export type Softmax = Pick<Problem, "softmaxScale" | "window" | "softcap" | "alibi" | "sinks">;

/** How the values are put into a cache. */
export interface Storage {
  readonly type: CacheType;
  readonly scales: CacheScales;
  readonly writer: Writer;
  readonly layout?: LayoutName;
}

/** Slots of a page: what engines use most. */
const BLOCK_SIZE = 16;

/**
 * The problem of attending these values through a cache, and what is to be written into the cache first.
 * The pages lie in reverse order, so that whoever ignores the block table is wrong.
 */
export function layerProblem(
  shape: LayerShape,
  values: LayerValues,
  softmax: Softmax,
  storage: Storage,
): { readonly problem: Problem; readonly write: CacheWrite } {
  const { heads, kvHeads, keySize } = shape;
  const keys = values.keys.length / (kvHeads * keySize);
  const blocks = Math.max(1, Math.ceil(keys / BLOCK_SIZE));
  const blockTables = Int32Array.from({ length: blocks }, (_, page) => blocks - 1 - page);
  const cache = emptyCache(
    storage.type,
    { ...shape, blockSize: BLOCK_SIZE, blocks },
    storage.scales,
    storage.layout,
  );
  const sequences = {
    lengths: Int32Array.of(keys),
    queryStarts: Int32Array.of(0, values.query.length / (heads * keySize)),
    blockTables,
    maxBlocks: blocks,
  };
  return {
    problem: { cache, sequences, heads, query: values.query, ...softmax },
    write: {
      cache,
      writer: storage.writer,
      keys: values.keys,
      values: values.values,
      slots: slotsOf(blockTables, BLOCK_SIZE, keys),
    },
  };
}

/** Scales for a cache that needs none: 1 for keys and for values. */
export const UNIT_SCALES: CacheScales = { k: Float32Array.of(1), v: Float32Array.of(1) };
