import { sparse } from "../page/axis.js";
import { type Heat, STEPS, shades } from "../page/heat.js";
import { figureText } from "../words.js";
import { html, type Markup } from "./markup.js";

/** A heat map as inline SVG: columns in percent of the width, rows of a fixed height. */
export function heatFigure(heat: Heat): Markup {
  const { rows, columns, label } = heat;
  const tall = Math.max(5, Math.min(18, Math.floor(260 / Math.max(1, rows.length))));
  const height = rows.length * tall;
  const { shadeOf } = shades(heat);
  const cells = rows.flatMap((_, row) =>
    columns.map((_, column) => cellMarkup(heat, row, column, tall, shadeOf)),
  );
  const named = `${label}: ${rows.length} by ${columns.length}`;
  return html`<figure><figcaption>${label}</figcaption>
${ramp(heat)}<div class="plot">${rowNames(rows, tall)}<svg width="100%" height="${height + 22}" role="img" aria-label="${named}">
${cells}${columnNames(heat, height)}</svg></div></figure>\n`;
}

function cellMarkup(
  heat: Heat,
  row: number,
  column: number,
  tall: number,
  shadeOf: (cell: number) => number,
): Markup {
  const value = heat.cells[row]?.[column];
  const wide = 100 / heat.columns.length;
  const place = html`x="${percent(column * wide)}" y="${row * tall}" width="${percent(wide)}" height="${tall}"`;
  const shown = value === undefined ? "absent" : `${figureText(value)} ${heat.unit}`;
  const title = `${heat.columns[column]!.title}, ${heat.rows[row]}: ${shown}`;
  return html`<rect class="cell ${shadeClass(heat, value, shadeOf)}" ${place}><title>${title}</title></rect>`;
}

function shadeClass({ fail }: Heat, value: number | undefined, shadeOf: (cell: number) => number): string {
  if (value === undefined) return "none";
  if (!Number.isFinite(value) || (fail !== undefined && value < fail)) return "fail";
  return `h${shadeOf(value)}`;
}

function ramp(heat: Heat): Markup {
  const { low, high } = shades(heat);
  const swatches = Array.from({ length: STEPS }, (_, step) => html`<i class="h${step}"></i>`);
  const fail =
    heat.fail === undefined
      ? undefined
      : html`<li><svg aria-hidden="true"><rect class="fail" y="2" width="12" height="11"/></svg>below ${figureText(heat.fail)} ${heat.unit}</li>`;
  return html`<ul class="keys"><li>${figureText(low)}<span class="ramp">${swatches}</span>${figureText(high)} ${heat.unit}</li>${fail}</ul>\n`;
}

function rowNames(rows: readonly string[], tall: number): Markup {
  const step = sparse(rows.length, Math.floor((rows.length * tall) / 14));
  const width = 12 + 6.6 * Math.max(...rows.map((row) => row.length));
  const names = rows.flatMap((row, at) =>
    at % step === 0
      ? [html`<text x="${width - 8}" y="${at * tall + tall / 2 + 4}" text-anchor="end">${row}</text>`]
      : [],
  );
  return html`<svg width="${Math.round(width)}" height="${rows.length * tall + 22}" aria-hidden="true">${names}</svg>`;
}

function columnNames({ columns }: Heat, height: number): Markup[] {
  const step = sparse(columns.length, 9);
  const wide = 100 / columns.length;
  return columns.flatMap(({ name }, at) =>
    at % step === 0
      ? [html`<text x="${percent((at + 0.5) * wide)}" y="${height + 16}" text-anchor="middle">${name}</text>`]
      : [],
  );
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 1000}%`;
}
