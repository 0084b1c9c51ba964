import type { Plot, Series } from "../page/plot.js";
import { type Content, html, type Markup } from "./markup.js";

/** One mark: shapes differ besides colours, for those who cannot tell these apart, and on paper. */
export function markOf(mark: Series["mark"], x: string, y: number, title: string): Markup {
  return SHAPES[mark](x, y, html`<title>${title}</title>`);
}

/** What each series and each limit looks like; names within the drawing would cover marks. */
export function legend({ series, limits }: Pick<Plot, "series" | "limits">): Markup {
  const keys = series.map(
    ({ name, mark }, at) =>
      html`<li><svg class="s${at % 4}" aria-hidden="true">${SHAPES[mark]("7", 7, undefined)}</svg>${name}</li>`,
  );
  const lines = limits.map(
    ({ name, mood }) =>
      html`<li><svg class="line" aria-hidden="true"><line class="limit ${mood}" x1="0" x2="22" y1="8" y2="8"/></svg>${name}</li>`,
  );
  return html`<ul class="keys">${series.length > 1 ? keys : undefined}${lines}</ul>\n`;
}

const SHAPES: Record<Series["mark"], (x: string, y: number, title: Content) => Markup> = {
  disc: (x, y, title) => html`<circle class="disc" cx="${x}" cy="${y}" r="4">${title}</circle>`,
  ring: (x, y, title) => html`<circle class="ring" cx="${x}" cy="${y}" r="3.6">${title}</circle>`,
  square: (x, y, title) =>
    html`<rect class="square" x="${x}" y="${y}" width="7.4" height="7.4" transform="translate(-3.7 -3.7)">${title}</rect>`,
  frame: (x, y, title) =>
    html`<rect class="frame" x="${x}" y="${y}" width="6.8" height="6.8" transform="translate(-3.4 -3.4)">${title}</rect>`,
};
