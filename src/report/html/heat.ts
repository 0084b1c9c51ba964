import { sparse } from "../page/axis.js";
import { bandsOf, type Heat, shades, worstRow } from "../page/heat.js";
import { figureText } from "../words.js";
import { ramp } from "./heat-legend.js";
import { html, type Markup } from "./markup.js";

/**
 * A heat map as inline SVG. Cells of one colour are one path in a drawing that stretches with the page; names, rings
 * and numbers stand around and above it and keep their size.
 */
export function heatFigure(heat: Heat): Markup {
  const { rows, columns, label, marks = [] } = heat;
  if (rows.length === 0 || columns.length === 0)
    return html`<p class="soft">${label}: no figure to draw.</p>\n`;
  const place = placeOf(heat);
  const dense = columns.length > DENSE ? html` class="dense"` : undefined;
  return html`<figure${dense}><figcaption>${label}</figcaption>
${ramp(heat)}<div class="plot">${bandNames(heat, place)}<svg width="100%" height="${place.height}" role="img" aria-label="${described(heat)}">
<svg class="map" y="${place.top}" width="100%" height="${rows.length * place.tall}" viewBox="0 0 ${columns.length} ${rows.length}" preserveAspectRatio="none">
${cellPaths(heat)}${bandLines(heat)}${tips(heat)}</svg>
${dots(heat, place)}${rings(heat, place)}${columnNames(heat, place)}</svg></div>
${marks.length === 0 ? undefined : html`<ol class="worst">${marks.map(({ text }) => html`<li>${text}</li>`)}</ol>\n`}</figure>\n`;
}

/** With more layers no lines stand between their columns. */
const DENSE = 40;

/** Where the map stands: pixels above it, of one row, and of all. */
interface Place {
  readonly top: number;
  readonly tall: number;
  readonly height: number;
}

function placeOf(heat: Heat): Place {
  const { rows } = heat;
  const tall = Math.max(3, Math.min(18, Math.floor(320 / rows.length)));
  const levels = Math.max(0, ...numberLevels(heat).map((level) => (level ?? -1) + 1));
  const top = 3 + 13 * levels;
  return { top, tall, height: top + rows.length * tall + 20 };
}

/** One path a colour; neighbours of one colour in a row are one stretch of it. */
function cellPaths(heat: Heat): Markup[] {
  const paths = new Map<string, string>();
  for (const [row, cells] of heat.cells.entries()) {
    const classes = heat.columns.map((_, column) => classOf(heat, cells[column]));
    for (let begin = 0, end = 0; begin < classes.length; begin = end) {
      while (end < classes.length && classes[end] === classes[begin]) end++;
      const name = classes[begin]!;
      paths.set(name, `${paths.get(name) ?? ""}M${begin} ${row}h${end - begin}v1h-${end - begin}z`);
    }
  }
  return [...paths].sort().map(([name, path]) => html`<path class="cell ${name}" d="${path}"/>\n`);
}

const shadings = new WeakMap<Heat, ReturnType<typeof shades>["shadeOf"]>();

function classOf(heat: Heat, value: number | undefined): string {
  if (value === undefined) return "none";
  if (Number.isNaN(value) || (heat.fail !== undefined && value < heat.fail)) return "fail";
  const shadeOf = shadings.get(heat) ?? shades(heat).shadeOf;
  shadings.set(heat, shadeOf);
  return `h${shadeOf(value)}`;
}

/** What a pointer is told: of each layer and band the worst number. Maps of very many cells are told by stretches of rows. */
function tips(heat: Heat): Markup[] {
  const { columns, rows, cells, unit } = heat;
  const own = bandsOf(heat);
  const joined = Math.ceil((own.length * columns.length) / MOST_TIPS);
  let first = 0;
  return own.flatMap((_, at) => {
    if (at % joined > 0) return [];
    const count = own.slice(at, at + joined).reduce((sum, band) => sum + band.rows, 0);
    const begin = first;
    first += count;
    return columns.map(({ name }, column) => {
      const row = worstRow(heat, column, begin, count);
      const value = cells[row]?.[column];
      const told = value === undefined ? "absent" : `${figureText(value)}${unitAfter(unit)}`;
      return html`<rect class="tip" x="${column}" y="${begin}" height="${count}"><title>layer ${name}, ${rows[row]}: ${told}</title></rect>`;
    });
  });
}

const MOST_TIPS = 1000;

function bandLines({ bands = [], columns }: Heat): Markup[] {
  let at = 0;
  return bands.slice(0, -1).map(({ rows }) => {
    at += rows;
    return html`<line class="band-line" x1="0" x2="${columns.length}" y1="${at}" y2="${at}"/>`;
  });
}

/** What is chosen, say: light and dark, so that it shows on every colour. */
function dots(heat: Heat, { top, tall }: Place): Markup[] {
  return (heat.dots ?? []).map(
    ({ row, column }) =>
      html`<circle class="dot" cx="${percent(centre(column, heat))}" cy="${round(top + (row + 0.5) * tall)}" r="2.6"/>`,
  );
}

/** A ring around each marked cell, and its number above the column where there is room for it. */
function rings(heat: Heat, { top, tall }: Place): Markup[] {
  const levels = numberLevels(heat);
  return (heat.marks ?? []).map(({ row, column }, at) => {
    const x = percent(centre(column, heat));
    const place = html`cx="${x}" cy="${round(top + (row + 0.5) * tall)}" r="${RADIUS}"`;
    const level = levels[at];
    const number =
      level === undefined
        ? undefined
        : html`<text class="number" x="${x}" y="${top - 4 - 13 * level}" text-anchor="middle">${at + 1}</text>`;
    return html`${number}<circle class="under" ${place}/><circle class="circled" ${place}/>\n`;
  });
}

/** Of a ring, in pixels: it must not hide the neighbours of its cell. */
const RADIUS = 6.5;

/** How high above the map each mark's number stands, from 0, so that it covers no other; undefined where all is taken. */
function numberLevels(heat: Heat): (number | undefined)[] {
  const taken: number[][] = [[], []];
  return (heat.marks ?? []).map(({ column }) => {
    const x = centre(column, heat);
    const level = taken.findIndex((others) => others.every((other) => Math.abs(other - x) >= APART));
    taken[level]?.push(x);
    return level < 0 ? undefined : level;
  });
}

/** Percent of the width that two numbers need between them on a phone. */
const APART = 5;

function centre(column: number, { columns }: Pick<Heat, "columns">): number {
  return (100 * (column + 0.5)) / columns.length;
}

/** Names left of the map, in a drawing of their own, as many as there is height for. */
function bandNames(heat: Heat, { top, tall, height }: Place): Markup {
  const own = bandsOf(heat);
  const step = sparse(own.length, Math.max(1, Math.floor((heat.rows.length * tall) / 14)));
  const width = 12 + 6.6 * Math.max("layer".length, ...own.map(({ name }) => name.length));
  let first = 0;
  const names = own.map(({ name, rows }, at) => {
    const y = top + (first + rows / 2) * tall + 4;
    first += rows;
    return at % step === 0
      ? html`<text x="${round(width - 8)}" y="${round(y)}" text-anchor="end">${name}</text>`
      : undefined;
  });
  return html`<svg width="${Math.round(width)}" height="${height}" aria-hidden="true">${names}<text x="${round(width - 8)}" y="${height - 4}" text-anchor="end">layer</text></svg>`;
}

function columnNames({ columns }: Heat, { height }: Place): Markup[] {
  const step = sparse(columns.length, 9);
  const wide = 100 / columns.length;
  return columns.flatMap(({ name }, at) =>
    at % step === 0
      ? [html`<text x="${percent((at + 0.5) * wide)}" y="${height - 4}" text-anchor="middle">${name}</text>`]
      : [],
  );
}

function described(heat: Heat): string {
  const { label, columns, rows, unit } = heat;
  const { low, high } = shades(heat);
  const range = low > high ? "no numbers" : `${figureText(low)} to ${figureText(high)}${unitAfter(unit)}`;
  return `${label}: ${columns.length} layers by ${rows.length} rows, ${range}`;
}

function unitAfter(unit: string): string {
  if (unit === "") return "";
  return unit === "×" ? "×" : ` ${unit}`;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 1000}%`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
