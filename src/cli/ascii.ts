import type { Terminal } from "./terminal.js";

/** A terminal that is only given ASCII: for code pages, fonts and logs that break other characters. */
export function asciiTerminal(terminal: Terminal, json: boolean): Terminal {
  const ascii = json ? escaped : asciiText;
  return { ...terminal, out: (text) => terminal.out(ascii(text)), err: (text) => terminal.err(ascii(text)) };
}

/** Our own signs in ASCII; all other characters as JSON writes them. */
export function asciiText(text: string): string {
  const ranged = text.replace(/( +)([±∞])/g, (_, gap: string, sign: string) =>
    inPlace(gap, SIGNS.get(sign)!),
  );
  return escaped(ranged.replace(/[^\x00-\x7f]/g, (unit) => SIGNS.get(unit) ?? unit));
}

/** Signs of tables take up the gap before them, so that what follows stays in its column. */
function inPlace(gap: string, sign: string): string {
  return gap.slice(0, Math.max(1, gap.length - sign.length + 1)) + sign;
}

/** JSON text stays the same value. */
function escaped(text: string): string {
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const SIGNS = new Map([
  ["→", "->"],
  ["…", "..."],
  ["·", "*"],
  ["≈", "~"],
  ["×", "x"],
  ["≥", ">="],
  ["≤", "<="],
  ["–", "-"],
  ["’", "'"],
  ["−", "-"],
  ["±", "+-"],
  ["∞", "inf"],
]);
