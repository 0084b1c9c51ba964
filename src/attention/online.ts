import { gatherRows, type HeadRows } from "./pages.js";
import { type Attention, firstVisible, type Problem, positionOf, queryCount, scaleOf } from "./problem.js";
import type { Steps } from "./steps.js";

/**
 * Attention as serving kernels compute it, and so a check of the reference: one pass over the pages, each
 * decoded once for all query heads that share it, with a running maximum (Milakov and Gimelshein 2018).
 * Sums are float64, results float32. A step is a page.
 */
export function* attendOnline(problem: Problem): Steps<Attention<Float32Array>> {
  const rows = queryCount(problem) * problem.heads;
  const size = problem.cache.value.headSize;
  const attention = { out: new Float32Array(rows * size), lse: new Float32Array(rows) };
  for (let sequence = 0; sequence < problem.sequences.lengths.length; sequence++) {
    for (let kvHead = 0; kvHead < problem.cache.kvHeads; kvHead++) {
      const states = statesOf(problem, sequence, kvHead);
      for (let page = 0; page * problem.cache.blockSize < lengthOf(problem, sequence); page++) {
        visitPage(problem, states, sequence, kvHead, page);
        yield;
      }
      for (const state of states) close(problem, state, scaleOf(problem.cache.scales.v, kvHead), attention);
    }
  }
  return attention;
}

/** Softmax so far of one query head at one position. */
interface State {
  readonly query: number;
  readonly head: number;
  readonly position: number;
  readonly first: number;
  readonly sum: Float64Array;
  peak: number;
  total: number;
}

function statesOf(problem: Problem, sequence: number, kvHead: number): State[] {
  const { sequences, heads, cache, window } = problem;
  const group = heads / cache.kvHeads;
  const from = sequences.queryStarts[sequence]!;
  const count = sequences.queryStarts[sequence + 1]! - from;
  return Array.from({ length: count * group }, (_, i) => {
    const query = from + Math.floor(i / group);
    const position = positionOf(sequences, sequence, query);
    const sum = new Float64Array(cache.value.headSize);
    const head = kvHead * group + (i % group);
    return { query, head, position, first: firstVisible(position, window), sum, peak: -Infinity, total: 0 };
  });
}

function lengthOf({ sequences }: Problem, sequence: number): number {
  return sequences.queryStarts[sequence] === sequences.queryStarts[sequence + 1]
    ? 0
    : sequences.lengths[sequence]!;
}

function visitPage(
  problem: Problem,
  states: readonly State[],
  sequence: number,
  kvHead: number,
  page: number,
): void {
  const { cache, sequences } = problem;
  const begin = page * cache.blockSize;
  const end = Math.min(begin + cache.blockSize, sequences.lengths[sequence]!);
  const keys = gatherRows(problem, cache.key, { sequence, kvHead, begin, end });
  const values = gatherRows(problem, cache.value, { sequence, kvHead, begin, end });
  const scale = Math.fround(problem.softmaxScale) * scaleOf(cache.scales.k, kvHead);
  for (const state of states) {
    for (let key = Math.max(begin, state.first); key < Math.min(end, state.position + 1); key++) {
      const logit = logitOf(
        problem,
        state,
        scale * product(problem.query, state, problem.heads, keys, key - begin),
        key,
      );
      add(state, logit, values.rows, (key - begin) * values.size);
    }
  }
}

function product(
  query: Float32Array,
  { query: token, head }: State,
  heads: number,
  { rows, size }: HeadRows,
  row: number,
): number {
  let sum = 0;
  for (let i = 0, a = (token * heads + head) * size, b = row * size; i < size; i++)
    sum += query[a + i]! * rows[b + i]!;
  return sum;
}

function logitOf(problem: Problem, { head, position }: State, score: number, key: number): number {
  const cap = Math.fround(problem.softcap ?? 0);
  const capped = cap > 0 ? cap * Math.tanh(score / cap) : score;
  return problem.alibi === undefined ? capped : capped + problem.alibi[head]! * (key - position);
}

/** Adds a key and its value; a new maximum shrinks what was summed relative to the old one. */
function add(state: State, logit: number, values: Float32Array, at: number): void {
  const { sum } = state;
  if (logit > state.peak) {
    const shrink = Math.exp(state.peak - logit);
    state.total *= shrink;
    for (let i = 0; i < sum.length; i++) sum[i]! *= shrink;
    state.peak = logit;
  }
  const weight = Math.exp(logit - state.peak);
  state.total += weight;
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * values[at + i]!;
}

function close(problem: Problem, state: State, vScale: number, { out, lse }: Attention<Float32Array>): void {
  const sink = problem.sinks?.[state.head] ?? -Infinity;
  const peak = Math.max(state.peak, sink);
  const row = state.query * problem.heads + state.head;
  if (peak === -Infinity && !Number.isNaN(state.total)) {
    lse[row] = -Infinity;
    return;
  }
  const shrink = Math.exp(state.peak - peak);
  const total = state.total * shrink + Math.exp(sink - peak);
  state.sum.forEach((sum, i) => {
    out[row * state.sum.length + i] = (sum * shrink * vScale) / total;
  });
  lse[row] = peak + Math.log(total);
}
