import { gatherRows, type HeadRows } from "./pages.js";
import { type Attention, firstVisible, type Problem, positionOf, queryCount, scaleOf } from "./problem.js";

/** Attention of one query head at one position. */
export interface Row {
  readonly query: number;
  readonly head: number;
  /**
   * Natural logarithms of the probabilities of the visible keys, oldest first, and last of the sink where
   * there is one. Their exponentials sum to 1.
   */
  readonly logProbabilities: Float64Array;
  readonly out: Float64Array;
  /** Logarithm of the softmax denominator; −Infinity where nothing is visible. */
  readonly lse: number;
}

/**
 * Attention in float64 on the bytes of the cache, one row at a time: sequence by sequence, KV head by KV
 * head. This is the definition that kernels are held to, so it is written to be read: no online softmax,
 * no tiles. Assumes a problem that `checkProblem` accepts.
 */
export function* exactRows(problem: Problem): Generator<Row, void, void> {
  const { cache, sequences, heads } = problem;
  const group = heads / cache.kvHeads;
  for (let sequence = 0; sequence < sequences.lengths.length; sequence++) {
    const from = sequences.queryStarts[sequence]!;
    const to = sequences.queryStarts[sequence + 1]!;
    for (let kvHead = 0; kvHead < cache.kvHeads && from < to; kvHead++) {
      const whole = { sequence, kvHead, begin: 0, end: sequences.lengths[sequence]! };
      const keys = gatherRows(problem, cache.key, whole);
      const values = gatherRows(problem, cache.value, whole);
      for (let query = from; query < to; query++) {
        const position = positionOf(sequences, sequence, query);
        const first = firstVisible(position, problem.window);
        for (let head = kvHead * group; head < (kvHead + 1) * group; head++) {
          yield rowOf({ problem, keys, values, kvHead, query, head, position, first });
        }
      }
    }
  }
}

/** All rows of a problem at once. */
export function attendExactly(problem: Problem): Attention<Float64Array> {
  const attention = roomFor(problem);
  for (const row of exactRows(problem)) place(row, problem, attention);
  return attention;
}

/** Empty results of the right size: no query has been attended yet. */
export function roomFor(problem: Problem): Attention<Float64Array> {
  const rows = queryCount(problem) * problem.heads;
  return { out: new Float64Array(rows * problem.cache.value.headSize), lse: new Float64Array(rows) };
}

/** Puts a row where it belongs in the results. */
export function place(row: Row, { heads }: Problem, { out, lse }: Attention<Float64Array>): void {
  const index = row.query * heads + row.head;
  out.set(row.out, index * row.out.length);
  lse[index] = row.lse;
}

interface RowTask {
  readonly problem: Problem;
  readonly keys: HeadRows;
  readonly values: HeadRows;
  readonly kvHead: number;
  readonly query: number;
  readonly head: number;
  readonly position: number;
  /** First visible key. */
  readonly first: number;
}

function rowOf(task: RowTask): Row {
  const logits = logitsOf(task);
  const lse = logSumExp(logits);
  const logProbabilities = logits.map((logit) => logit - lse);
  return { query: task.query, head: task.head, lse, logProbabilities, out: outputOf(task, logProbabilities) };
}

/** softmaxScale · k_scale · (q · code), soft-capped, with ALiBi; one per visible key, then the sink. */
function logitsOf({ problem, keys, kvHead, query, head, position, first }: RowTask): Float64Array {
  const scale = Math.fround(problem.softmaxScale) * scaleOf(problem.cache.scales.k, kvHead);
  const cap = Math.fround(problem.softcap ?? 0);
  const slope = problem.alibi?.[head] ?? 0;
  const sink = problem.sinks?.[head];
  const visible = Math.max(0, position + 1 - first);
  const logits = new Float64Array(visible + (sink === undefined ? 0 : 1));
  for (let i = 0; i < visible; i++) {
    const logit = scale * dot(problem.query, query * problem.heads + head, keys, first + i);
    logits[i] = (cap > 0 ? cap * Math.tanh(logit / cap) : logit) + slope * (first + i - position);
  }
  if (sink !== undefined) logits[visible] = sink;
  return logits;
}

/** Of a row of the query and a row of keys, both `keys.size` long. */
function dot(query: Float32Array, queryRow: number, { rows, size }: HeadRows, keyRow: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += query[queryRow * size + i]! * rows[keyRow * size + i]!;
  return sum;
}

/** ln Σ exp, with the largest taken out so that nothing overflows; −Infinity for nothing, NaN for a NaN. */
function logSumExp(logits: Float64Array): number {
  let peak = -Infinity;
  for (const logit of logits) peak = Math.max(peak, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - peak);
  return peak === -Infinity ? peak : peak + Math.log(total);
}

/** v_scale · Σ p · code; the sink has a probability but no value. */
function outputOf({ problem, values, kvHead, position, first }: RowTask, logProbabilities: Float64Array) {
  const { rows, size } = values;
  const out = new Float64Array(size);
  for (let key = first; key <= position; key++) {
    const probability = Math.exp(logProbabilities[key - first]!);
    for (let i = 0; i < size; i++) out[i]! += probability * rows[key * size + i]!;
  }
  const scale = scaleOf(problem.cache.scales.v, kvHead);
  return out.map((sum) => sum * scale);
}
