/**
 * The session's signs in ASCII, each as wide as before so that everything stays in its place; what is left, in names, as
 * JSON writes it.
 */
export function asciiFrame(frame: string): string {
  return frame.replace(OTHERS, (unit) => SIGNS.get(unit) ?? escaped(unit));
}

const OTHERS = /[^\x00-\x7f]/g;

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

const SIGNS = new Map(
  Object.entries({
    ...{ "─": "-", "│": "|", "┤": "+", "├": "|", "└": "`", "█": "#", "░": ".", "▏": "|" },
    ...{ "▁": "_", "▂": "_", "▃": ".", "▄": ".", "▅": ":", "▆": ":", "▇": "#" },
    ...{ "❯": ">", "›": ">", "▸": "+", "▾": "-", "●": "*", "◐": "%", "○": "o", "×": "x", "◆": "!" },
    ...{ "✓": "+", "·": ".", "…": "~", "↑": "^", "↓": "v", "←": "<", "→": ">", "–": "-", "’": "'" },
    ...{ "≥": ">", "≤": "<", "≈": "~", "∞": "8" },
  }),
);
