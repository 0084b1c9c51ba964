import type { Fp8Format } from "../numeric/fp8.js";
import { type ChosenScales, groupsOf, type Room, scaleOf } from "./choose.js";
import { type Magnitudes, saturated } from "./magnitudes.js";
import type { LayerStatistics } from "./statistics.js";

/** One choice of a role's scales, and what is known of it. */
export interface Candidate {
  /** `max`, `p 0.9999`, or a multiple of the largest value's scale: `× 0.5`. */
  readonly name: string;
  /** One, or one a KV head. */
  readonly scales: readonly number[];
  /** Share of the role's values beyond the largest code; exact to the classes of the statistics. */
  readonly clipped: number;
  /** SQNR of the layer's attention output in dB, one a scale; null where nothing was run to see it. */
  readonly sqnr: readonly number[] | null;
  /** Which of `scales` were chosen. */
  readonly chosen: readonly boolean[];
}

/** Candidates of both roles of a layer. */
export interface Candidates {
  readonly k: readonly Candidate[];
  readonly v: readonly Candidate[];
}

/** A multiple of the largest value's scales that a layer was run with: SQNR of its attention output in dB, one a scale. */
export interface Trial {
  readonly multiple: number;
  readonly scales: Float32Array;
  readonly sqnr: readonly number[];
}

/** What was tried of both roles. */
export interface Trials {
  readonly k: readonly Trial[];
  readonly v: readonly Trial[];
}

/** Everything that a layer's scales could have been: the multiples that were tried, or else what other methods choose. */
export function candidatesOf(
  layer: LayerStatistics,
  room: Room,
  chosen: ChosenScales,
  trials?: Trials,
): Candidates {
  const of = (role: "k" | "v") => {
    const groups = groupsOf(layer[role], room);
    return trials === undefined
      ? untried(groups, room)
      : trials[role].map((trial) => triedOf(trial, groups, room.format, chosen[role]));
  };
  return { k: of("k"), v: of("v") };
}

/** Shares that are worth a look beside the one that was asked for. */
const SHARES = [1, 0.9999, 0.999];

function untried(groups: readonly Magnitudes[], room: Room): Candidate[] {
  const shares = [...new Set([...SHARES, Math.min(1, room.share)])].sort((a, b) => b - a);
  return shares.flatMap((share) => {
    const scales = groups.map((group) => scaleOf(group, { ...room, share }));
    if (scales.includes(undefined)) return [];
    const all = scales as number[];
    const chosen = all.map(() => share === Math.min(1, room.share));
    const name = share === 1 ? "max" : `p ${share}`;
    return [{ name, scales: all, clipped: clippedOf(groups, all, room.format), sqnr: null, chosen }];
  });
}

function triedOf(
  { multiple, scales, sqnr }: Trial,
  groups: readonly Magnitudes[],
  format: Fp8Format,
  chosen: Float32Array,
): Candidate {
  const all = [...scales];
  return {
    name: `× ${Number(multiple.toPrecision(3))}`,
    scales: all,
    clipped: clippedOf(groups, all, format),
    sqnr,
    chosen: all.map((scale, at) => scale === chosen[at]),
  };
}

function clippedOf(groups: readonly Magnitudes[], scales: readonly number[], format: Fp8Format): number {
  const clipped = groups.reduce((sum, group, at) => sum + saturated(group, scales[at]!, format), 0);
  const seen = groups.reduce((sum, { counts }) => sum + counts.reduce((all, count) => all + count, 0), 0);
  return seen === 0 ? 0 : clipped / seen;
}
