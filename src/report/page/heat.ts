/** A grid of numbers as colours: layers from left to right, heads from top to bottom. */
export interface Heat {
  readonly kind: "heat";
  readonly label: string;
  readonly unit: string;
  readonly columns: readonly { readonly name: string; readonly title: string }[];
  readonly rows: readonly string[];
  /** By row, then by column; undefined where there is none. */
  readonly cells: readonly (readonly (number | undefined)[])[];
  /** Numbers below these are marked. */
  readonly warn?: number;
  readonly fail?: number;
}

const FAR_APART = 8;

/** How many colours there are between the smallest and the largest number. */
export const STEPS = 7;

/** The colour of each cell, from 0 to STEPS - 1, and the numbers at both ends; by their logarithm where these lie far apart. */
export function shades({ cells }: Heat) {
  const finite = cells.flat().filter((cell): cell is number => Number.isFinite(cell));
  const low = finite.reduce((least, cell) => Math.min(least, cell), Infinity);
  const high = finite.reduce((most, cell) => Math.max(most, cell), -Infinity);
  const shadeOf = (cell: number): number => {
    const far = low > 0 && high > FAR_APART * low;
    const share = far
      ? Math.log(cell / low) / Math.log(high / low)
      : high > low
        ? (cell - low) / (high - low)
        : 1;
    return Math.max(0, Math.min(STEPS - 1, Math.floor(share * STEPS)));
  };
  return { low, high, shadeOf };
}
