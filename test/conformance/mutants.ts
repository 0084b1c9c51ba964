import type { Attention, CacheScales, CacheWrite, Pool, Problem } from "../../src/attention/problem.js";
import type { Arithmetic } from "../../src/attention/tolerance.js";
import type { Backend } from "../../src/backend/backend.js";
import { referenceBackend } from "../../src/backend/reference.js";
import { decodeTable } from "../../src/numeric/fp8.js";

/** A defect, injected into a working backend: what it does to a problem, to a result, or to a write. */
interface Defect {
  readonly problem?: (problem: Problem) => Problem;
  readonly result?: (result: Attention<Float32Array>, problem: Problem) => Attention<Float32Array>;
  readonly write?: (write: CacheWrite) => CacheWrite;
}

/** The defects that kernels have had, each of which the suite must notice. */
export const DEFECTS: Readonly<Record<string, Defect>> = {
  "k_scale dropped": { problem: withScales(({ v }) => ({ k: Float32Array.of(1), v })) },
  "v_scale dropped": { problem: withScales(({ k }) => ({ k, v: Float32Array.of(1) })) },
  "k_scale and v_scale swapped": { problem: withScales(({ k, v }) => ({ k: v, v: k })) },
  "scales of the heads in the wrong order": {
    problem: withScales(({ k, v }) => ({ k: k.toReversed(), v: v.toReversed() })),
  },
  "truncated instead of rounded": {
    write: (write) => (!/e4m3fn$|e5m2$/.test(write.cache.type) ? write : { ...write, writer: "vllm-cpu" }),
  },
  "zero decoded as 2^-7": { problem: decodedBy((value) => value + (value === 0 ? 2 ** -7 : 0)) },
  "subnormal codes flushed": { problem: decodedBy((value) => (Math.abs(value) < 2 ** -6 ? 0 : value)) },
  "block table off by one": {
    problem: (problem) => {
      const { blockTables, maxBlocks } = problem.sequences;
      const shifted = blockTables.map((block, i) => {
        const next = blockTables[i + 1] ?? block;
        return i % maxBlocks === maxBlocks - 1 || next >= problem.cache.blocks ? block : next;
      });
      return { ...problem, sequences: { ...problem.sequences, blockTables: shifted } };
    },
  },
  "all-zero output": { result: ({ out, lse }) => ({ out: new Float32Array(out.length), lse }) },
  "padding read with weight zero": {
    result: ({ out, lse }, { sequences, cache }) => {
      const padded = sequences.lengths.some((length) => length % cache.blockSize !== 0);
      return { out: out.map((value) => value + 0 * (padded ? NaN : 0)), lse };
    },
  },
  "query head h on KV head h % n": {
    problem: (problem) =>
      regroup(problem, (head, group, kvHeads) => (head % group) * kvHeads + Math.floor(head / group)),
    result: ({ out, lse }, { heads, cache }) => {
      const group = heads / cache.kvHeads;
      const at = (head: number) => (head % cache.kvHeads) * group + Math.floor(head / cache.kvHeads);
      return { out: permuted(out, heads, cache.value.headSize, at), lse: permuted(lse, heads, 1, at) };
    },
  },
  "a key of the future seen": {
    problem: (problem) => {
      const { lengths } = problem.sequences;
      const roomy = lengths.every((length) => length % problem.cache.blockSize !== 0 || length === 0);
      // One more key than there is: the slot after the last one, where it is in the same page.
      return roomy
        ? { ...problem, sequences: { ...problem.sequences, lengths: lengths.map((n) => n && n + 1) } }
        : problem;
    },
  },
  "window off by one": {
    problem: (problem) => ({ ...problem, window: problem.window ? problem.window + 1 : 0 }),
  },
  "soft cap ignored": { problem: (problem) => ({ ...problem, softcap: 0 }) },
  "ALiBi with the wrong sign": {
    problem: (problem) =>
      problem.alibi ? { ...problem, alibi: problem.alibi.map((slope) => -slope) } : problem,
  },
  "sinks ignored": { problem: ({ sinks: _, ...problem }) => problem },
  "softmax scale tied to the head size": {
    problem: (problem) => ({ ...problem, softmaxScale: problem.cache.key.headSize ** -0.5 }),
  },
  "multiplied by the reciprocal": {
    write: (write) => {
      const { cache } = write;
      const unit = { k: Float32Array.of(1), v: Float32Array.of(1) };
      const products = (values: Float32Array, [scale = 1]: Float32Array) => {
        const reciprocal = Math.fround(1 / scale);
        return values.map((value) => value * reciprocal);
      };
      const keys = products(write.keys, cache.scales.k);
      const values = products(write.values, cache.scales.v);
      return cache.scales.k.length > 1
        ? write
        : { ...write, keys, values, cache: { ...cache, scales: unit } };
    },
  },
  "a skipped slot written": {
    write: (write) => ({ ...write, slots: write.slots.map((slot) => Math.max(slot, 0)) }),
  },
};

/** The TypeScript backend with a defect, held to the tolerance of an arithmetic. */
export function mutant(defect: Defect, arithmetic: Arithmetic): Backend {
  const { problem: mutate = same, result = same, write: mutateWrite = same } = defect;
  return {
    ...referenceBackend,
    arithmetic: () => arithmetic,
    attend: async (problem, signal) =>
      result(await referenceBackend.attend(mutate(problem), signal), problem),
    writeCache: (write, signal) => referenceBackend.writeCache(mutateWrite(write), signal),
  };
}

function same<Value>(value: Value): Value {
  return value;
}

function withScales(change: (scales: CacheScales) => CacheScales): (problem: Problem) => Problem {
  return (problem) => ({ ...problem, cache: { ...problem.cache, scales: change(problem.cache.scales) } });
}

/** Decodes e4m3fn pages by a faulty table, into a float32 cache. */
function decodedBy(fault: (value: number) => number): (problem: Problem) => Problem {
  return (problem) => {
    if (problem.cache.type !== "float8_e4m3fn") return problem;
    const table = decodeTable("float8_e4m3fn").map(fault);
    const decoded = (pool: Pool): Pool => {
      const values = Float32Array.from(pool.bytes, (code) => table[code]!);
      return { ...pool, bytes: new Uint8Array(values.buffer) };
    };
    const { key, value } = problem.cache;
    return {
      ...problem,
      cache: { ...problem.cache, type: "float32", key: decoded(key), value: decoded(value) },
    };
  };
}

/** Query heads in another order: head h of the result is head `from(h)` of the problem. */
function regroup(problem: Problem, from: (head: number, group: number, kvHeads: number) => number): Problem {
  const { heads, cache, query } = problem;
  const group = heads / cache.kvHeads;
  const order = (head: number) => from(head, group, cache.kvHeads);
  return { ...problem, query: permuted(query, heads, cache.key.headSize, order) };
}

function permuted(
  rows: Float32Array,
  heads: number,
  size: number,
  from: (head: number) => number,
): Float32Array {
  return rows.map((_, i) => {
    const head = Math.floor(i / size) % heads;
    return rows[i + (from(head) - head) * size]!;
  });
}
