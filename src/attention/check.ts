import { dataRefusal } from "../errors.js";
import { FP8_FORMATS } from "../numeric/fp8.js";
import { writes } from "../numeric/quantise.js";
import {
  type CacheWrite,
  ELEMENT_BYTES,
  isDivisor,
  type PagedCache,
  type Pool,
  type Problem,
  queryCount,
} from "./problem.js";

/** One thing that must hold: whether it does, what was expected, and what was found instead. */
type Rule = readonly [holds: boolean, expected: string, found: unknown];

/**
 * Throws a data Refusal for a problem that no backend can run: shapes that do not fit together, pages
 * outside the cache, scales of the wrong count. Values are not looked at: NaN is the figures' business.
 */
export function checkProblem(problem: Problem): void {
  checkCache(problem.cache);
  enforce(shapeRules(problem));
  for (const sequence of problem.sequences.lengths.keys()) enforce(sequenceRules(problem, sequence));
}

/** Throws a data Refusal for rows that cannot be written to these pages. */
export function checkWrite({ cache, keys, values, slots, writer }: CacheWrite): void {
  checkCache(cache);
  const rows = slots.length * cache.kvHeads;
  const last = cache.blocks * cache.blockSize - 1;
  const fp8 = cache.type in FP8_FORMATS ? (cache.type as keyof typeof FP8_FORMATS) : undefined;
  const divisors = [...cache.scales.k, ...cache.scales.v];
  enforce([
    [keys.length === rows * cache.key.headSize, `${rows * cache.key.headSize} numbers of keys`, keys.length],
    [
      values.length === rows * cache.value.headSize,
      `${rows * cache.value.headSize} numbers of values`,
      values.length,
    ],
    [
      slots.every((slot) => slot >= -1 && slot <= last),
      `slots of -1 to ${last}`,
      `${slots.find((slot) => slot < -1 || slot > last)}`,
    ],
    [
      divisors.every(isDivisor),
      "positive finite scales to divide by",
      divisors.find((scale) => !isDivisor(scale)),
    ],
    [
      fp8 === undefined ? writer === "cuda" : writes(writer, fp8),
      "a cache type that the writer knows",
      `${writer} with ${cache.type}`,
    ],
  ]);
}

function checkCache(cache: PagedCache): void {
  enforce([
    [isCount(cache.kvHeads), "at least one KV head", cache.kvHeads],
    [isCount(cache.blockSize), "pages of at least one slot", cache.blockSize],
    [isCount(cache.blocks), "at least one page", cache.blocks],
    ...poolRules(cache, cache.key, "key"),
    ...poolRules(cache, cache.value, "value"),
    ...(["k", "v"] as const).map((role): Rule => {
      const count = cache.scales[role].length;
      return [count === 1 || count === cache.kvHeads, `one ${role}_scale, or one per KV head`, count];
    }),
  ]);
}

function poolRules({ type, kvHeads, blockSize, blocks }: PagedCache, pool: Pool, name: string): Rule[] {
  const bytes = ELEMENT_BYTES[type];
  const strides = [pool.blockStride, pool.slotStride, pool.headStride];
  const counts = [blocks, blockSize, kvHeads];
  const last = strides.reduce((sum, stride, i) => sum + stride * (counts[i]! - 1), pool.headSize);
  return [
    [isCount(pool.headSize), `a ${name} head size of at least 1`, pool.headSize],
    [strides.every((stride) => Number.isSafeInteger(stride) && stride >= 0), `${name} strides`, strides],
    [pool.bytes.byteOffset % bytes === 0, `${name} pages aligned to ${bytes} bytes`, pool.bytes.byteOffset],
    [last * bytes <= pool.bytes.byteLength, `${last * bytes} bytes of ${name} pages`, pool.bytes.byteLength],
  ];
}

function shapeRules(problem: Problem): Rule[] {
  const { cache, heads, sequences, query } = problem;
  const numbers = queryCount(problem) * heads * cache.key.headSize;
  const count = sequences.lengths.length;
  return [
    [isCount(heads) && heads % cache.kvHeads === 0, "query heads in whole groups per KV head", heads],
    [query.length === numbers, `${numbers} numbers of query`, query.length],
    [sequences.queryStarts.length === count + 1, `${count + 1} query starts`, sequences.queryStarts.length],
    [sequences.queryStarts[0] === 0, "query starts from 0", sequences.queryStarts[0]],
    [
      sequences.blockTables.length === count * sequences.maxBlocks,
      "a block table for each sequence",
      sequences.blockTables.length,
    ],
    [Number.isFinite(problem.softmaxScale), "a finite softmax scale", problem.softmaxScale],
    [(problem.window ?? 0) >= 0, "a window of 0 (off) or more", problem.window],
    [(problem.softcap ?? 0) >= 0, "a soft cap of 0 (off) or more", problem.softcap],
    [(problem.alibi?.length ?? heads) === heads, `${heads} ALiBi slopes`, problem.alibi?.length],
    [(problem.sinks?.length ?? heads) === heads, `${heads} sinks`, problem.sinks?.length],
  ];
}

function sequenceRules({ cache, sequences }: Problem, sequence: number): Rule[] {
  const { lengths, queryStarts, blockTables, maxBlocks } = sequences;
  const pages = Math.ceil(lengths[sequence]! / cache.blockSize);
  const table = blockTables.subarray(sequence * maxBlocks, sequence * maxBlocks + pages);
  const stray = table.find((block) => block < 0 || block >= cache.blocks);
  return [
    [lengths[sequence]! >= 0, "a sequence length of 0 or more", lengths[sequence]],
    [
      queryStarts[sequence + 1]! >= queryStarts[sequence]!,
      "query starts that never fall",
      queryStarts[sequence + 1],
    ],
    [pages <= maxBlocks, `a block table of ${pages} pages for sequence ${sequence}`, maxBlocks],
    [stray === undefined, `pages 0 to ${cache.blocks - 1} in the block table`, stray],
  ];
}

function enforce(rules: readonly Rule[]): void {
  for (const [holds, expected, found] of rules) {
    if (!holds) throw dataRefusal("impossible-attention", { expected, found: String(found) });
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
