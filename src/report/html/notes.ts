import type { Note, Notes } from "../page/page.js";
import { html, type Markup, withCode } from "./markup.js";

/** Remarks one below the other, each with its weight in a word. */
export function noteList({ notes }: Notes): Markup {
  return html`<ul class="notes">\n${notes.map(noteMarkup)}</ul>\n`;
}

function noteMarkup({ mood, label, text, code, remedy }: Note): Markup {
  const id = code === undefined ? undefined : html` <code class="soft">${code}</code>`;
  const todo = remedy === undefined ? undefined : html`<p class="soft">→ ${withCode(remedy)}</p>`;
  return html`<li><span class="badge ${mood}">${label}</span>${id}<p>${withCode(text)}</p>${todo}</li>\n`;
}
