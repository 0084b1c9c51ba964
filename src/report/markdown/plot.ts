import { axisOf } from "../page/axis.js";
import type { Heat } from "../page/heat.js";
import { drawable, isDrawable, type Plot } from "../page/plot.js";
import { figureText } from "../words.js";
import { markdownTable } from "./table.js";
import { markdownText } from "./text.js";

/** A plot as one row of blocks a series, one block a layer, with the numbers at both ends beside it. */
export function plotText(plot: Plot): string {
  const title = `**${markdownText(plot.label)}**`;
  if (drawable(plot).length === 0) return `${title}: no figure to draw.`;
  const axis = axisOf(plot);
  const rows = plot.series.map(({ name, values }) => {
    const finite = values.filter((value): value is number => value !== undefined && Number.isFinite(value));
    const sorted = finite.sort((a, b) => a - b);
    const blocks = values
      .map((value) => (isDrawable(value, plot.axis) ? block(axis.place(value)) : "·"))
      .join("");
    return [
      name,
      blocks,
      figureText(sorted[0] ?? Number.NaN),
      figureText(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN),
      figureText(sorted.at(-1) ?? Number.NaN),
    ];
  });
  const layers = `layer ${plot.layers[0]?.name} to ${plot.layers.at(-1)?.name}`;
  return `${title}\n\n${markdownTable([plot.unit, layers, "least", "median", "most"], rows)}`;
}

/** A heat map as blocks, one row a head. */
export function heatText(heat: Heat): string {
  const numbers = heat.cells
    .flat()
    .filter((cell): cell is number => cell !== undefined && Number.isFinite(cell));
  const low = numbers.reduce((least, cell) => Math.min(least, cell), Infinity);
  const high = numbers.reduce((most, cell) => Math.max(most, cell), -Infinity);
  const rows = heat.rows.map((name, row) => [
    name,
    heat.columns.map((_, column) => heatBlock(heat.cells[row]?.[column], low, high)).join(""),
  ]);
  const ends = `${figureText(low)} to ${figureText(high)} ${heat.unit}`.trim();
  return `**${markdownText(heat.label)}**, ${ends}\n\n${markdownTable(["", "layers"], rows)}`;
}

const BLOCKS = "▁▂▃▄▅▆▇█";

function heatBlock(cell: number | undefined, low: number, high: number): string {
  if (cell === undefined) return "·";
  if (!Number.isFinite(cell)) return "×";
  return block(high > low ? (cell - low) / (high - low) : 1);
}

function block(share: number): string {
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))]!;
}
