import type { Layer } from "./plot.js";

/** A grid of numbers as colours: layers from left to right, heads or channels from top to bottom. */
export interface Heat {
  readonly kind: "heat";
  readonly label: string;
  readonly unit: string;
  readonly columns: readonly Layer[];
  readonly rows: readonly string[];
  /** By row, then by column; undefined where there is none. */
  readonly cells: readonly (readonly (number | undefined)[])[];
  /** Which end is worth attention. */
  readonly worst: "low" | "high";
  /** Rows that belong together, in order, such as the channels of a head; absent: each row for itself. */
  readonly bands?: readonly Band[];
  /** Numbers between the colours, at most six; absent: even steps from the least to the most. */
  readonly steps?: readonly number[];
  /** Numbers below this have a colour of their own. */
  readonly fail?: number;
  /** Cells that are ringed and told in words, worst first. */
  readonly marks?: readonly Mark[];
  /** Cells with a dot in them, and what it means. */
  readonly dots?: readonly Dot[];
  readonly dotName?: string;
}

/** A cell with a dot in it. */
export interface Dot {
  readonly row: number;
  readonly column: number;
}

/** So many rows with one name. */
export interface Band {
  readonly name: string;
  readonly rows: number;
}

/** A cell with its words. */
export interface Mark extends Dot {
  readonly text: string;
}

/** How many colours there are. */
export const SHADES = 7;

/** The colour of each number, from 0 to SHADES - 1, and the least and most of all; by logarithm where these lie far apart. */
export function shades({ cells, steps }: Pick<Heat, "cells" | "steps">) {
  const finite = cells.flat().filter((cell): cell is number => Number.isFinite(cell));
  const low = finite.reduce((least, cell) => Math.min(least, cell), Infinity);
  const high = finite.reduce((most, cell) => Math.max(most, cell), -Infinity);
  const far = low > 0 && high > FAR_APART * low;
  const shareOf = (cell: number): number => {
    if (!(high > low)) return 1;
    return far ? Math.log(cell / low) / Math.log(high / low) : (cell - low) / (high - low);
  };
  const shadeOf = (cell: number): number => {
    if (steps !== undefined) return steps.filter((step) => cell >= step).length;
    if (!Number.isFinite(cell)) return cell > 0 ? SHADES - 1 : 0;
    return Math.max(0, Math.min(SHADES - 1, Math.floor(shareOf(cell) * SHADES)));
  };
  return { low, high, shadeOf };
}

const FAR_APART = 8;

/** The bands of a map; rows without any are their own. */
export function bandsOf({ bands, rows }: Pick<Heat, "bands" | "rows">): readonly Band[] {
  return bands ?? rows.map((name) => ({ name, rows: 1 }));
}

/** The row of the worst number of a column among `count` rows from `first`; one that is no number is worse than any. */
export function worstRow(
  { cells, worst }: Pick<Heat, "cells" | "worst">,
  column: number,
  first = 0,
  count = cells.length,
): number {
  const badness = (row: number): number => {
    const cell = cells[row]?.[column];
    if (cell === undefined) return -Infinity;
    if (Number.isNaN(cell)) return Infinity;
    return worst === "high" ? cell : -cell;
  };
  let most = first;
  for (let row = first + 1; row < first + count; row++) if (badness(row) > badness(most)) most = row;
  return most;
}
