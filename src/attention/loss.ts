import { argmax, type Deviation, deviation, divergence, pairwiseSum } from "../numeric/metrics.js";
import { type Attention, type Problem, queryCount } from "./problem.js";
import { exactRows, place, type Row, roomFor } from "./reference.js";
import type { Steps } from "./steps.js";

/** What a cache costs in accuracy, against attention on the original values. */
export interface AttentionLoss extends Deviation {
  /** KL(P‖P̂) of the attention weights in nats, mean over queries and heads. */
  readonly divergence: number;
  /** Share of queries and heads whose strongest key stayed the strongest. */
  readonly topOne: number;
}

/** Exact attention of several caches that hold the same values, and what each but the first loses. */
export interface LossComparison {
  readonly original: Attention<Float64Array>;
  readonly others: readonly ComparedCache[];
}

/** One cache beside the original. */
export interface ComparedCache {
  readonly exact: Attention<Float64Array>;
  readonly loss: AttentionLoss;
  /** The same figures of one query head. */
  ofHead(head: number): AttentionLoss;
}

/**
 * Runs the float64 reference on `original` and on `others`, which differ from it in their caches alone.
 * A step is one row of one of them.
 */
export function* compareCaches(original: Problem, others: readonly Problem[]): Steps<LossComparison> {
  const rows = exactRows(original);
  const exact = roomFor(original);
  const meters = others.map((other) => new LossMeter(other, exact));
  for (const row of rows) {
    place(row, original, exact);
    for (const meter of meters) {
      meter.next(row);
      yield;
    }
  }
  return { original: exact, others: meters.map((meter) => meter.finish()) };
}

/** Follows one cache row by row beside the original. */
class LossMeter {
  readonly #problem: Problem;
  readonly #original: Attention<Float64Array>;
  readonly #exact: Attention<Float64Array>;
  readonly #rows: Iterator<Row, void, void>;
  readonly #divergences: Float64Array;
  readonly #agreements: Float64Array;

  constructor(problem: Problem, original: Attention<Float64Array>) {
    this.#problem = problem;
    this.#original = original;
    this.#exact = roomFor(problem);
    this.#rows = exactRows(problem);
    this.#divergences = new Float64Array(queryCount(problem) * problem.heads);
    this.#agreements = new Float64Array(queryCount(problem) * problem.heads);
  }

  next(original: Row): void {
    const row = this.#rows.next().value;
    if (row === undefined) throw new RangeError("compared caches of unequal shapes");
    place(row, this.#problem, this.#exact);
    const index = row.query * this.#problem.heads + row.head;
    this.#divergences[index] = divergence(original.logProbabilities, row.logProbabilities);
    this.#agreements[index] = agreement(original.logProbabilities, row.logProbabilities);
  }

  finish(): ComparedCache {
    const { heads } = this.#problem;
    const rows = Array.from(this.#divergences.keys());
    return {
      exact: this.#exact,
      loss: this.#figures(rows),
      ofHead: (head) => this.#figures(rows.filter((row) => row % heads === head)),
    };
  }

  #figures(rows: readonly number[]): AttentionLoss {
    const size = this.#problem.cache.value.headSize;
    const mean = (numbers: Float64Array) => pairwiseSum(rows.length, (i) => numbers[rows[i]!]!) / rows.length;
    return {
      ...deviation(select(this.#original.out, rows, size), select(this.#exact.out, rows, size)),
      divergence: mean(this.#divergences),
      topOne: mean(this.#agreements),
    };
  }
}

/** 1 when both have the same strongest key, or see no key at all; 0 otherwise, and for any NaN. */
function agreement(original: Float64Array, other: Float64Array): number {
  if (original.length === 0) return 1;
  const strongest = argmax(original);
  return strongest >= 0 && strongest === argmax(other) ? 1 : 0;
}

function select(numbers: Float64Array, rows: readonly number[], size: number): Float64Array {
  const selected = new Float64Array(rows.length * size);
  rows.forEach((row, i) => {
    selected.set(numbers.subarray(row * size, (row + 1) * size), i * size);
  });
  return selected;
}
