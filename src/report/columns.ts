import { visibleWidth } from "./paint.js";

/** A column of a text table. The widest flexible column gives way when the terminal is too narrow. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  readonly flexible?: boolean;
}

/**
 * Lays rows out in columns of a given total width: two spaces between columns, none at the end of a line.
 * Cells of flexible columns are wrapped at spaces and continue below themselves.
 */
export function columns(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const widths = columnWidths(head, rows, width);
  const titles = head.some((column) => column.title !== "") ? [head.map((column) => column.title)] : [];
  return [...titles, ...rows].flatMap((row) => drawn(row, head, widths)).join("\n");
}

/** A column that is left out where the terminal is too narrow, those with the smallest number first. */
export interface Spare extends Column {
  readonly spare?: number;
}

/** The columns that have room, and their cells. */
export function narrowed(
  head: readonly Spare[],
  rows: readonly (readonly string[])[],
  width: number,
): [Column[], string[][]] {
  const order = [...head.keys()].filter((at) => head[at]!.spare !== undefined);
  order.sort((a, b) => head[a]!.spare! - head[b]!.spare!);
  const left = new Set(head.keys());
  const fits = () => totalWidth(naturalWidths(head, rows).filter((_, at) => left.has(at))) <= width;
  for (const at of order) if (!fits()) left.delete(at);
  const kept = <T>(cells: readonly T[]) => cells.filter((_, at) => left.has(at));
  return [kept(head), rows.map(kept)];
}

/** Breaks text at spaces so that no line is longer than `width`, unless one word is. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && visibleWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Wrapped text behind a first prefix; the lines after it are indented as deep. */
export function hanging(first: string, text: string, width: number): string[] {
  const indent = " ".repeat(visibleWidth(first));
  return wrap(text, width - indent.length).map((line, at) => `${at === 0 ? first : indent}${line}`);
}

const GAP = "  ";
const NARROWEST = 20;

function columnWidths(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const natural = naturalWidths(head, rows);
  const excess = totalWidth(natural) - width;
  const giving = head.findIndex((column) => column.flexible === true);
  if (excess <= 0 || giving < 0) return natural;
  return natural.map((w, at) => (at === giving ? Math.max(Math.min(w, NARROWEST), w - excess) : w));
}

function naturalWidths(head: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return head.map((column, at) =>
    Math.max(visibleWidth(column.title), ...rows.map((row) => visibleWidth(row[at] ?? ""))),
  );
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, w) => sum + w, GAP.length * (widths.length - 1));
}

function drawn(row: readonly string[], head: readonly Column[], widths: readonly number[]): string[] {
  const cells = head.map((column, at) =>
    column.flexible ? wrap(row[at] ?? "", widths[at]!) : [row[at] ?? ""],
  );
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, at) => padded(cell[line] ?? "", widths[at]!, head[at]!.align ?? "left"))
      .join(GAP)
      .trimEnd(),
  );
}

function padded(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - visibleWidth(text)));
  return align === "right" ? space + text : text + space;
}
