import type { Key } from "./key.js";

/** One line of text under edit; `at` counts characters (code points) before the cursor. */
export interface TextLine {
  readonly text: string;
  readonly at: number;
}

/** A line with the cursor at its end. */
export function textLine(text: string): TextLine {
  return { text, at: [...text].length };
}

/** The line after a key; the very same line for keys that do not edit. */
export function edit(line: TextLine, key: Key): TextLine {
  const characters = [...line.text];
  const [before, after] = [characters.slice(0, line.at), characters.slice(line.at)];
  switch (key.name) {
    case "text":
      return joined([...before, ...key.text], after);
    case "erase":
      return line.at === 0 ? line : joined(before.slice(0, -1), after);
    case "erase-word":
      return joined([...before.join("").replace(/[^/\s]*[/\s]*$/, "")], after);
    case "erase-line":
      return joined([], after);
    case "left":
      return moved(line, line.at - 1);
    case "right":
      return moved(line, line.at + 1);
    case "home":
      return moved(line, 0);
    case "end":
      return moved(line, characters.length);
    default:
      return line;
  }
}

function joined(before: readonly string[], after: readonly string[]): TextLine {
  return { text: [...before, ...after].join(""), at: before.length };
}

function moved(line: TextLine, to: number): TextLine {
  const at = Math.max(0, Math.min([...line.text].length, to));
  return at === line.at ? line : { ...line, at };
}
