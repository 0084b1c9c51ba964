import type { Point, Series } from "./series.js";

/** Bars over the layers as lines of cells, and what their heights mean. */
export interface Bars {
  /** From left to right: a bar, or two thin ones where there are more points than columns. */
  readonly cells: readonly Cell[];
  /** Columns that a cell takes, the gap after it included. */
  readonly step: number;
  /** Points in one bar; more than 1 where even thin bars are too many. */
  readonly grouped: number;
  /** Points in one cell. */
  readonly points: number;
  readonly top: number;
  readonly bottom: number;
  /** True where equal heights are equal ratios. */
  readonly logarithmic: boolean;
}

/** One column of a plot, its characters from top to bottom. */
export interface Cell {
  readonly lines: readonly string[];
  readonly outlier: boolean;
}

/** The series as bars within `width` columns and `height` lines; thin ones, of braille, only where that can be shown. */
export function barsOf({ points }: Series, width: number, height: number, fine = true): Bars {
  const room = Math.max(1, width);
  const thin = fine && points.length > room;
  const grouped = Math.max(1, Math.ceil(points.length / (thin ? 2 * room : room)));
  const range = rangeOf(points);
  const heights = grouping(points, grouped).map((group) => heightOf(group, range));
  const cells = thin ? braille(heights, height) : blocks(heights, height);
  const step = thin ? 1 : Math.max(1, Math.min(WIDEST_STEP, Math.floor(room / Math.max(1, cells.length))));
  const { top, bottom, logarithmic } = range;
  return { cells, step, grouped, points: grouped * (thin ? 2 : 1), top, bottom, logarithmic };
}

const WIDEST_STEP = 6;

/** Ratios beyond this make the small ones vanish on a linear scale. */
const LINEAR_UP_TO = 24;

interface Range extends Pick<Bars, "top" | "bottom" | "logarithmic"> {
  readonly least: number;
}

/** A bar before it is drawn: its share of the height, or the mark that stands for none. */
interface Height {
  readonly share: number | "×" | "·";
  readonly outlier: boolean;
}

function isDrawable(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}

function rangeOf(points: readonly Point[]): Range {
  const values = points.flatMap(({ value }) => (isDrawable(value) ? [value] : []));
  const [top, least] = [Math.max(...values), Math.min(...values)];
  const logarithmic = top / least > LINEAR_UP_TO;
  return { top, least, bottom: logarithmic ? least / 2 : 0, logarithmic };
}

function grouping(points: readonly Point[], size: number): readonly (readonly Point[])[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, at) =>
    points.slice(at * size, (at + 1) * size),
  );
}

/** The highest of a group; a cross for values that are no height, a dot for a scale that is absent. */
function heightOf(group: readonly Point[], { top, least, logarithmic }: Range): Height {
  const outlier = group.some((point) => point.outlier);
  const values = group.flatMap(({ value }) => (isDrawable(value) ? [value] : []));
  if (values.length === 0)
    return { outlier, share: group.some(({ value }) => value !== undefined) ? "×" : "·" };
  const most = Math.max(...values);
  return { outlier, share: logarithmic ? logarithmicShare(most, least, top) : most / top };
}

/** From half the least value up, so that it is still seen; by logarithms, as that half can underflow. */
function logarithmicShare(value: number, least: number, top: number): number {
  const floor = Math.log(least) - Math.LN2;
  return (Math.log(value) - floor) / (Math.log(top) - floor);
}

const EIGHTHS = " ▁▂▃▄▅▆▇█";

function blocks(heights: readonly Height[], lines: number): Cell[] {
  return heights.map(({ share, outlier }) => {
    if (typeof share !== "number") return { outlier, lines: [...Array(lines - 1).fill(" "), share] };
    const eighths = Math.max(1, Math.round(share * lines * 8));
    return {
      outlier,
      lines: byLine(lines, (below) => EIGHTHS[Math.max(0, Math.min(8, eighths - below * 8))]!),
    };
  });
}

/** Dots of a braille cell from the bottom up, left and right; U+2800 is the empty one. */
const LEFT = [0x40, 0x04, 0x02, 0x01];
const RIGHT = [0x80, 0x20, 0x10, 0x08];

/** Two bars a cell, four dots a line. Marks are as high as the least bar. */
function braille(heights: readonly Height[], lines: number): Cell[] {
  const dotsOf = (height: Height | undefined) =>
    typeof height?.share === "number" ? Math.max(1, Math.round(height.share * lines * 4)) : 0;
  return Array.from({ length: Math.ceil(heights.length / 2) }, (_, at) => {
    const [left, right] = [heights[2 * at], heights[2 * at + 1]];
    const [leftDots, rightDots] = [dotsOf(left), dotsOf(right)];
    const outlier = left?.outlier === true || right?.outlier === true;
    const draw = (below: number) =>
      String.fromCodePoint(
        0x2800 + filled(LEFT, leftDots - below * 4) + filled(RIGHT, rightDots - below * 4),
      );
    return { outlier, lines: byLine(lines, draw) };
  });
}

function filled(dots: readonly number[], count: number): number {
  return dots.slice(0, Math.max(0, count)).reduce((sum, dot) => sum + dot, 0);
}

/** Lines from top to bottom, each drawn by how many lines lie below it. */
function byLine(lines: number, draw: (below: number) => string): string[] {
  return Array.from({ length: lines }, (_, line) => draw(lines - 1 - line));
}
