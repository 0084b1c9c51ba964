import type { Bars } from "./bars.js";
import type { Series } from "./series.js";

/** A line below the bars with a mark and a layer under each bar that stands out; empty where none does. */
export function marksOf({ points }: Series, { cells, step, points: perCell }: Bars): string {
  let line = "";
  cells.forEach(({ outlier }, at) => {
    const column = at * step;
    if (!outlier || column < line.length) return;
    const layer = points.slice(at * perCell, (at + 1) * perCell).find((point) => point.outlier)?.layer;
    const mark = `◆${layer ?? ""}`;
    const next = cells.findIndex((cell, other) => other > at && cell.outlier);
    // A name that would hide the next mark is left out.
    const fits = next < 0 || column + mark.length < next * step;
    line = line.padEnd(column) + (fits ? mark : "◆");
  });
  return line;
}
