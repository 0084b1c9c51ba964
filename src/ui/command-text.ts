import { shellWord } from "../engines/words.js";
import { textWidth } from "./text-width.js";

/** A command line of kvscale that a shell takes as these words. */
export function commandText(words: readonly string[]): string {
  return quoted(words).join(" ");
}

/** The same within a width: broken between words, a flag staying with its value, so that a shell takes all lines as one. */
export function commandLines(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces(quoted(words))) {
    const longer = line === "" ? piece : `${line} ${piece}`;
    if (line !== "" && textWidth(longer) + CONTINUED.length > width) {
      lines.push(line + CONTINUED);
      line = piece;
    } else line = longer;
  }
  return [...lines, line];
}

/** Words that belong on one line. */
function pieces(words: readonly string[]): readonly string[] {
  return words.flatMap((word, at) => {
    const [before = "", after = ""] = [words[at - 1], words[at + 1]];
    if (at > 0 && leads(before) && !FLAG.test(word)) return [];
    return [leads(word) && after !== "" && !FLAG.test(after) ? `${word} ${after}` : word];
  });
}

function leads(word: string): boolean {
  return word === "kvscale" || FLAG.test(word);
}

const CONTINUED = " \\";

function quoted([command = "", ...rest]: readonly string[]): readonly string[] {
  return ["kvscale", command, ...rest.map((word) => (FLAG.test(word) ? word : shellWord(word)))];
}

/** Our own flags. A path that looks like one never comes here: `textIn` sees to that. */
const FLAG = /^(-[a-z]|--[a-z-]+)$/;
