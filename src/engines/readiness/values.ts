import type { Candidate } from "./view.js";

/** One number, or one per KV head. */
export type Value = number | readonly number[];

/** The numbers of a scale tensor; undefined where its bytes were not read (a shard outside the index). */
export function numbersIn(candidate: Candidate | undefined): Value | undefined {
  const scale = candidate?.scale;
  return scale?.per === "tensor" ? scale.values[0] : scale?.values;
}

/** How many numbers a tensor holds. */
export function countOf({ shape }: Candidate): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A clause about the first number that no FP8 cache can use; undefined where all are finite and positive. */
export function badNumber(...values: readonly (Value | undefined)[]): string | undefined {
  const bad = values.flat().find((value) => value !== undefined && !(Number.isFinite(value) && value > 0));
  return bad === undefined ? undefined : `a scale is ${bad}, which nothing checks`;
}
