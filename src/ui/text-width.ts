/** Columns that text takes on a terminal: two for a wide character of East Asia or an emoji, none for a combining mark. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** Text with blanks after it up to so many columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** The end of a text within so many columns, behind an ellipsis where something is left out. */
export function ending(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const characters = [...text];
  let room = width - 1;
  let from = characters.length;
  while (from > 0 && room >= columnsOf(characters[from - 1]!)) {
    from -= 1;
    room -= columnsOf(characters[from]!);
  }
  return `…${characters.slice(from).join("")}`;
}

function columnsOf(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

const MARK = /^[\p{Mn}\p{Me}]$/u;

/** East_Asian_Width W and F of Unicode 16, by blocks; unassigned code points among them are wide as well. */
const WIDE =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;
