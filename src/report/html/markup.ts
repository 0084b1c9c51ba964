import { escapeText } from "../escape.js";

/** Text that is markup already. Only `html` and `rawMarkup` make it, so that nothing else gets in unescaped. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: text and numbers are escaped, markup stays, lists are joined, nothing is left out. */
export type Content = string | number | Markup | undefined | readonly Content[];

/** A template whose values are escaped for HTML and XML, in text and in quoted attributes. */
export function html(texts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(
    texts.reduce((sum, text, at) => sum + text + (at < contents.length ? written(contents[at]) : ""), ""),
  );
}

/** Markup of our own making, such as a style sheet. Never for text from a checkpoint. */
export function rawMarkup(text: string): Markup {
  return new Markup(text);
}

/** A sentence of our own, in which what stands between backticks is code. */
export function withCode(text: string): Content {
  return text.split(/`([^`]+)`/).map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}

function written(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "string" || typeof content === "number") return escaped(String(content));
  return content.map(written).join("");
}

/** Control characters are shown, not dropped: XML has no way to say them, and HTML shows nothing. */
function escaped(text: string): string {
  return escapeText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
