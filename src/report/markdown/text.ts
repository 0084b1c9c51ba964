import { escapeText } from "../escape.js";

/** Text as Markdown that shows just that text: no markup, HTML, mention or link comes out of it. */
export function markdownText(text: string): string {
  return escapeText(text)
    .replace(/[\\`*[\]~#$|]/g, "\\$&")
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\_")
    .replace(/[&<>@]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/:\/\//g, ":&#47;/")
    .replace(/^[-+=]/, "\\$&")
    .replace(/^(\d+)([.)])(?=\s|$)/, "$1\\$2");
}

/** A sentence of our own, in which what stands between backticks is code. */
export function markdownProse(text: string): string {
  const parts = text.split(/`([^`]+)`/);
  return parts.map((part, at) => (at % 2 === 1 ? markdownCode(part) : markdownText(part))).join("");
}

/** Text between as many backticks as it needs. */
export function markdownCode(text: string): string {
  const shown = escapeText(text);
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const air = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return shown === "" ? "" : `${fence}${air}${shown}${air}${fence}`;
}
