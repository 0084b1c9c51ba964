import type { Cell, Column, Table } from "../page/page.js";
import { html, type Markup } from "./markup.js";

/** A table that scrolls within itself, or stacks its cells where the page is narrow. */
export function tableMarkup({ form, head, rows }: Table): Markup {
  const titled = head.some(({ title }) => title !== "");
  const titles = head.map((column) => html`<th${sideOf(column)}>${column.title}</th>`);
  const top = titled ? html`<thead><tr>${titles}</tr></thead>\n` : undefined;
  const body = rows.map((row) => html`<tr>${row.map((cell, at) => cellMarkup(cell, head[at]))}</tr>\n`);
  const table = html`<div class="scroll"><table class="${form}">\n${top}<tbody>\n${body}</tbody></table></div>\n`;
  if (rows.length <= MOST_OPEN) return table;
  return html`<details><summary>All ${rows.length} rows</summary>\n${table}</details>\n`;
}

/** Longer tables are folded away; the drawing above them says enough at first. */
const MOST_OPEN = 16;

function cellMarkup(cell: Cell, column: Column | undefined): Markup {
  return html`<td${sideOf(column)}>${content(cell)}</td>`;
}

function content(cell: Cell): string | Markup {
  if (typeof cell === "string") return cell;
  const { text, mood, code, strong } = cell;
  if (strong === true) return html`<strong>${text}</strong>`;
  const inner = code === true ? html`<code>${text}</code>` : text;
  return mood === undefined ? inner : html`<span class="badge ${mood}">${inner}</span>`;
}

function sideOf(column: Column | undefined): Markup | undefined {
  return column?.align === "right" ? html` class="right"` : undefined;
}
