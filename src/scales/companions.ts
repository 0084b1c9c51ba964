import type { CompanionForm, Reading } from "./spelling.js";
import type { Loss } from "./table.js";

/**
 * The losses of writing scales without the zero points and biases that stand beside them: no engine applies
 * either to an FP8 cache, so no spelling is written with them. One loss for each sort, none for none.
 */
export function companionLosses(readings: Iterable<Reading>): Loss[] {
  const counts = new Map<CompanionForm["what"], number>();
  for (const reading of readings) {
    if (reading.as === "companion") counts.set(reading.what, (counts.get(reading.what) ?? 0) + 1);
  }
  return Array.from(counts, ([what, number]) => ({
    code: "zero-points-dropped",
    detail: DETAILS[what](number),
  }));
}

const DETAILS: Readonly<Record<CompanionForm["what"], (number: number) => string>> = {
  "zero-point": (number) => `${number} zero points are left out: engines take an FP8 cache for symmetric`,
  bias: (number) =>
    `${number} biases of an affine cache are left out: no engine applies them to an FP8 cache`,
};
