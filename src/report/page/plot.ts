import type { Mood } from "./mood.js";

/** Figures by layer: one column a layer, one mark a figure. */
export interface Plot {
  readonly kind: "plot";
  /** What it shows, in words: for those who cannot see it, and as its caption. */
  readonly label: string;
  readonly unit: string;
  readonly axis: "linear" | "log";
  /** Layers, in order; `title` is the attention module. */
  readonly layers: readonly Layer[];
  readonly series: readonly Series[];
  readonly limits: readonly Limit[];
}

/** One column of a plot. */
export interface Layer {
  readonly name: string;
  readonly title: string;
}

/** One line of marks. */
export interface Series {
  readonly name: string;
  readonly mark: "disc" | "ring" | "square" | "frame";
  /** One for each layer; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
  /** Indexes of layers that stand out. */
  readonly outliers?: readonly number[];
}

/** A line across that divides good from bad. `bad` is the side that is. */
export interface Limit {
  readonly at: number;
  readonly name: string;
  readonly mood: Mood;
  readonly bad: "below" | "above";
}

/** The finite numbers of a plot that its axis can show. */
export function drawable({ axis, series }: Pick<Plot, "axis" | "series">): number[] {
  return series.flatMap(({ values }) => values).filter((value) => isDrawable(value, axis));
}

/** Whether an axis has a place for a value. */
export function isDrawable(value: number | undefined, axis: Plot["axis"]): value is number {
  return value !== undefined && Number.isFinite(value) && (axis === "linear" || value > 0);
}
