import { axisOf } from "../page/axis.js";
import { bandsOf, type Heat, shades, worstRow } from "../page/heat.js";
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
      markdownText(name),
      blocks,
      figureText(sorted[0] ?? Number.NaN),
      figureText(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN),
      figureText(sorted.at(-1) ?? Number.NaN),
    ];
  });
  const layers = `layer ${plot.layers[0]?.name} to ${plot.layers.at(-1)?.name}`;
  return `${title}\n\n${markdownTable([plot.unit, layers, "least", "median", "most"], rows)}`;
}

/** A heat map as blocks, one row a band of heads or channels, and its marked cells in words. */
export function heatText(heat: Heat): string {
  const { low, high, shadeOf } = shades(heat);
  if (low > high) return `**${markdownText(heat.label)}**: no figure to draw.`;
  let first = 0;
  const rows = bandsOf(heat).map(({ name, rows: count }) => {
    const begin = first;
    first += count;
    const worst = heat.columns.map((_, column) => heat.cells[worstRow(heat, column, begin, count)]?.[column]);
    return [markdownText(name), worst.map((cell) => heatBlock(cell, shadeOf)).join("")];
  });
  const ends = `${figureText(low)} to ${figureText(high)} ${heat.unit}`.trim();
  const marks = (heat.marks ?? []).map(({ text }, at) => `${at + 1}. ${markdownText(text)}`);
  const table = markdownTable(["", "layers"], rows);
  return [
    `**${markdownText(heat.label)}**, ${ends}`,
    table,
    ...(marks.length > 0 ? [marks.join("\n")] : []),
  ].join("\n\n");
}

const BLOCKS = "▁▂▃▄▅▆▇█";

function heatBlock(cell: number | undefined, shadeOf: (cell: number) => number): string {
  if (cell === undefined) return "·";
  if (Number.isNaN(cell)) return "×";
  return BLOCKS[shadeOf(cell)]!;
}

function block(share: number): string {
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))]!;
}
