import { type Axis, axisOf, sparse } from "../page/axis.js";
import { drawable, isDrawable, type Limit, type Plot, type Series } from "../page/plot.js";
import { figureText } from "../words.js";
import { legend, markOf } from "./marks.js";
import { html, type Markup } from "./markup.js";

/**
 * Figures by layer as inline SVG. Places from left to right are percentages and there is no view box, so that text and
 * marks keep their size at any width, without a script. The first series lies on top.
 */
export function plotFigure(plot: Plot): Markup {
  if (drawable(plot).length === 0) return html`<p class="soft">${plot.label}: no figure to draw.</p>\n`;
  const axis = axisOf(plot);
  const area = html`<svg width="100%" height="${HEIGHT}" role="img" aria-label="${described(plot)}">
${gridLines(axis)}${plot.limits.map((limit) => limitMarkup(limit, axis))}${plot.series.map((series, at) => seriesMarkup(series, at, plot, axis)).reverse()}${layerNames(plot)}</svg>`;
  const dense = plot.layers.length > DENSE ? html` class="dense"` : undefined;
  return html`<figure${dense}><figcaption>${plot.label}</figcaption>
${legend(plot)}<div class="plot">${scaleMarkup(axis, plot)}${area}</div></figure>\n`;
}

const TOP = 22;
const BOTTOM = 178;
const HEIGHT = 202;

/** With more layers marks are drawn smaller. */
const DENSE = 40;

/** Layer marks keep a little away from both edges. */
export function across(at: number, count: number): string {
  return `${round(count === 1 ? 50 : 1.5 + (97 * at) / (count - 1))}%`;
}

function down(axis: Axis, value: number): number {
  return Math.round(10 * (BOTTOM - (BOTTOM - TOP) * axis.place(value))) / 10;
}

function gridLines(axis: Axis): Markup[] {
  return axis.ticks.map((tick, at) => {
    const y = down(axis, tick);
    return html`<line class="${at === 0 ? "base" : "grid"}" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
  });
}

/** The numbers left of the area, in a drawing of their own: its width is that of the longest. */
function scaleMarkup(axis: Axis, { unit }: Plot): Markup {
  const texts = tickTexts(axis.ticks);
  const right = 6.6 * Math.max(UNDER.length, unit.length, ...texts.map((text) => text.length)) + 4;
  const said = (text: string | undefined, y: number) =>
    html`<text x="${round(right)}" y="${y}" text-anchor="end">${text}</text>`;
  const numbers = axis.ticks.map((tick, at) => said(texts[at], down(axis, tick) + 4));
  const ends = [unit === "" ? undefined : said(unit, 10), said(UNDER, HEIGHT - 5)];
  return html`<svg width="${round(right + 8)}" height="${HEIGHT}" aria-hidden="true">${numbers}${ends}</svg>`;
}

/** Neighbours that three digits do not tell apart are written out. */
function tickTexts(ticks: readonly number[]): string[] {
  const short = ticks.map((tick) => figureText(tick));
  return new Set(short).size === ticks.length ? short : ticks.map(String);
}

const UNDER = "layer";

function limitMarkup({ at, mood, bad }: Limit, axis: Axis): Markup {
  const y = down(axis, at);
  const band = bad === "below" ? { y, height: BOTTOM - y } : { y: TOP, height: y - TOP };
  return html`<rect class="band ${mood}" x="0" width="100%" y="${band.y}" height="${round(band.height)}"/><line class="limit ${mood}" x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
}

function seriesMarkup(series: Series, at: number, plot: Plot, axis: Axis): Markup {
  const count = plot.layers.length;
  const points = series.values.map((value, layer) => ({ value, layer, x: across(layer, count) }));
  const marks = points.map(({ value, layer, x }) => {
    const title = titleOf(series, value, plot, layer);
    if (value === undefined) return undefined;
    if (!isDrawable(value, plot.axis)) return lostMark(x, title);
    const halo = series.outliers?.includes(layer)
      ? html`<circle class="halo" cx="${x}" cy="${down(axis, value)}" r="8"/>`
      : undefined;
    return html`${halo}${markOf(series.mark, x, down(axis, value), title)}`;
  });
  return html`<g class="s${at % 4}">${joins(series, plot, axis)}${marks}</g>\n`;
}

/** Lines between neighbouring layers, in a drawing that stretches; a layer without a mark leaves a gap. */
function joins({ values }: Series, plot: Plot, axis: Axis): Markup | undefined {
  const path = values.map((value, layer) => {
    if (!isDrawable(value, plot.axis)) return "";
    return `${isDrawable(values[layer - 1], plot.axis) ? "L" : "M"}${layer} ${down(axis, value)}`;
  });
  if (!path.some((step) => step.startsWith("L"))) return undefined;
  return html`<svg x="1.5%" width="97%" height="${HEIGHT}" viewBox="0 0 ${values.length - 1} ${HEIGHT}" preserveAspectRatio="none"><path class="join" d="${path.join("")}"/></svg>`;
}

/** A number without a place on the axis: NaN, infinite, or zero on a logarithmic one. */
function lostMark(x: string, title: string): Markup {
  return html`<g class="lost"><title>${title}</title><svg x="${x}" y="${BOTTOM}" overflow="visible"><path d="M-4-4L4 4M-4 4L4-4"/></svg></g>`;
}

function titleOf({ name }: Series, value: number | undefined, { layers, unit }: Plot, at: number): string {
  const shown = value === undefined ? "absent" : figureText(value);
  return `${layers[at]!.title}: ${name} ${shown}${unit === "" ? "" : ` ${unit}`}`;
}

function layerNames({ layers }: Plot): Markup[] {
  const step = sparse(layers.length, 9);
  return layers.flatMap(({ name }, at) =>
    at % step === 0
      ? [html`<text x="${across(at, layers.length)}" y="${HEIGHT - 5}" text-anchor="middle">${name}</text>`]
      : [],
  );
}

function described({ label, series, layers, unit }: Plot): string {
  const told = series.map(({ name, values }) => {
    const finite = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
    if (finite.length === 0) return `${name}: none`;
    return `${name} from ${figureText(Math.min(...finite))} to ${figureText(Math.max(...finite))}`;
  });
  return `${label}, ${layers.length} layers, ${unit}: ${told.join("; ")}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
