import { slotsOf } from "../../attention/layout.js";
import type { Sequences } from "../../attention/problem.js";
import { frequenciesOf, type Rope, regimeOf, rotationTable } from "../../model/rope.js";

/** Slots of a page: what engines use most. */
export const BLOCK_SIZE = 16;

/** All sequences side by side, token after token, each in pages of its own. */
export interface Batch {
  readonly tokens: number;
  /** [tokens]. */
  readonly ids: Int32Array;
  /** [tokens]: the id that follows; −1 at the end of a sequence. */
  readonly targets: Int32Array;
  /** Every token is a query of its sequence. */
  readonly sequences: Sequences;
  readonly blocks: number;
  /** [tokens]: where its key and value go. */
  readonly slots: Int32Array;
  /** Length of each sequence. */
  readonly lengths: Int32Array;
}

/** Cosines and sines for every token of a batch. */
export interface Rotations {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly features: number;
  /** [tokens]: row of `cos` and `sin`. */
  readonly positions: Int32Array;
}

/** Lays sequences out. */
export function batchOf(all: readonly Int32Array[]): Batch {
  const lengths = Int32Array.from(all, ({ length }) => length);
  const starts = Int32Array.from([0, ...lengths]);
  for (let n = 1; n < starts.length; n++) starts[n]! += starts[n - 1]!;
  const tokens = starts.at(-1)!;
  const maxBlocks = Math.max(1, ...Array.from(lengths, (length) => Math.ceil(length / BLOCK_SIZE)));
  const ids = new Int32Array(tokens);
  const targets = new Int32Array(tokens).fill(-1);
  const blockTables = new Int32Array(all.length * maxBlocks);
  const slots = new Int32Array(tokens);
  let blocks = 0;
  for (const [n, sequence] of all.entries()) {
    const own = blockTables.subarray(n * maxBlocks, n * maxBlocks + Math.ceil(sequence.length / BLOCK_SIZE));
    for (const page of own.keys()) own[page] = blocks++;
    ids.set(sequence, starts[n]!);
    targets.set(sequence.subarray(1), starts[n]!);
    slots.set(slotsOf(own, BLOCK_SIZE, sequence.length), starts[n]!);
  }
  const sequences = { lengths, queryStarts: starts, blockTables, maxBlocks };
  return { tokens, ids, targets, sequences, blocks, slots, lengths };
}

/** One table for each regime of lengths, stacked; tokens point into the one of their sequence. */
export function rotationsOf(rope: Rope, { lengths, tokens }: Batch): Rotations {
  const longest = new Map<number, number>();
  for (const length of lengths) {
    const regime = regimeOf(rope, length);
    longest.set(regime, Math.max(length, longest.get(regime) ?? 0));
  }
  const tables = Array.from(longest, ([regime, positions]) => {
    return {
      regime,
      positions,
      ...rotationTable(frequenciesOf(rope, regime === 0 ? positions : regime), positions),
    };
  });
  const begins = new Map<number, number>();
  let rows = 0;
  for (const { regime, positions } of tables) {
    begins.set(regime, rows);
    rows += positions;
  }
  const all = Int32Array.from(
    Array.from(lengths, (length) => {
      const begin = begins.get(regimeOf(rope, length))!;
      return Array.from({ length }, (_, at) => begin + at);
    }).flat(),
  );
  if (all.length !== tokens) throw new RangeError("positions do not cover the batch");
  return {
    cos: joined(tables.map(({ cos }) => cos)),
    sin: joined(tables.map(({ sin }) => sin)),
    features: rope.features,
    positions: all,
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
