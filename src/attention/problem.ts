import type { Fp8Format } from "../numeric/fp8.js";
import type { HalfFormat } from "../numeric/half-arrays.js";
import type { Writer } from "../numeric/quantise.js";

/** What one element of a cache is. */
export type CacheType = Fp8Format | HalfFormat | "float32";

/** Bytes of one element. */
export const ELEMENT_BYTES: { readonly [type in CacheType]: 1 | 2 | 4 } = {
  float8_e4m3fn: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2: 1,
  float16: 2,
  bfloat16: 2,
  float32: 4,
};

/**
 * The pages of keys, or of values. Feature i of (block b, slot s, head h) is element
 * `b·blockStride + s·slotStride + h·headStride + i`; strides count elements, features are adjacent. Any
 * row-major layout of vLLM is a choice of strides (see native/contract.h).
 */
export interface Pool {
  readonly bytes: Uint8Array;
  readonly blockStride: number;
  readonly slotStride: number;
  readonly headStride: number;
  readonly headSize: number;
}

/** Dequantisation multipliers, `x ≈ code · scale`: one number, or one per KV head. */
export interface CacheScales {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** A paged cache: two pools of the same pages, and what their elements mean. */
export interface PagedCache {
  readonly type: CacheType;
  readonly kvHeads: number;
  /** Slots of a page, and pages of a pool. */
  readonly blockSize: number;
  readonly blocks: number;
  readonly key: Pool;
  readonly value: Pool;
  readonly scales: CacheScales;
}

/**
 * The sequences of a batch. Sequence n holds keys 0 … lengths[n] − 1, its page i is
 * `blockTables[n · maxBlocks + i]`, and its queries, `queryStarts[n]` … `queryStarts[n + 1] − 1`, are its
 * last positions: the last query sees all keys, each one before it one key less.
 */
export interface Sequences {
  readonly lengths: Int32Array;
  readonly queryStarts: Int32Array;
  readonly blockTables: Int32Array;
  readonly maxBlocks: number;
}

/**
 * Attention of some queries over a paged cache. Query head h reads KV head ⌊h / (heads / kvHeads)⌋. Every
 * number is a float32, for that is what kernels take.
 */
export interface Problem {
  readonly cache: PagedCache;
  readonly sequences: Sequences;
  readonly heads: number;
  /** [queries, heads, key head size]. */
  readonly query: Float32Array;
  /** logit = softmaxScale · q·k; not tied to the head size. */
  readonly softmaxScale: number;
  /** Keys that a query sees, itself included; 0: all before it. */
  readonly window?: number;
  /** logit becomes softcap · tanh(logit / softcap), before ALiBi; 0: off. */
  readonly softcap?: number;
  /** [heads]: adds alibi[h] · (key position − query position). */
  readonly alibi?: Float32Array;
  /** [heads]: a logit without a value, in the denominator only. */
  readonly sinks?: Float32Array;
}

/** What attention yields: the output [queries, heads, value head size] and, per query and head, ln of the denominator. */
export interface Attention<Numbers extends Float32Array | Float64Array> {
  readonly out: Numbers;
  readonly lse: Numbers;
}

/** Values to be written into pages: row t goes to slot `slots[t]` = block · blockSize + slot; −1 is skipped. */
export interface CacheWrite {
  readonly cache: PagedCache;
  readonly writer: Writer;
  /** [rows, kvHeads, head size]. */
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly slots: Int32Array;
}

/** How many queries a problem has. */
export function queryCount({ sequences }: Problem): number {
  return sequences.queryStarts.at(-1) ?? 0;
}

/** Position of a query within its sequence; negative when there are more queries than keys. */
export function positionOf({ lengths, queryStarts }: Sequences, sequence: number, query: number): number {
  return lengths[sequence]! - (queryStarts[sequence + 1]! - query);
}

/** First key that a query at that position sees. */
export function firstVisible(position: number, window: number | undefined): number {
  return window !== undefined && window > 0 ? Math.max(0, position + 1 - window) : 0;
}

/** The scale of one KV head, from one number for all or one per head. */
export function scaleOf(scales: Float32Array, kvHead: number): number {
  return scales[scales.length === 1 ? 0 : kvHead]!;
}

/** True for a scale that values can be divided by. */
export function isDivisor(scale: number): boolean {
  return scale > 0 && Number.isFinite(scale);
}
