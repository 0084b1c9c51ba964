import type { RuleCode } from "./rules.js";

/** What an escape sequence stands for and where the text goes on, or the rule that it breaks. */
export type Escape = { readonly decoded: string; readonly end: number } | RuleCode;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const UNIT = /\\u([0-9a-fA-F]{4})/y;

/** Reads the escape sequence whose backslash is at `at`; a pair of surrogate escapes counts as one. */
export function readEscape(text: string, at: number): Escape {
  const short = SHORT.get(text.charAt(at + 1));
  if (short !== undefined) return { decoded: short, end: at + 2 };
  const unit = unitEscape(text, at);
  if (unit === undefined) return "json-escape";
  if (unit < 0xd800 || unit > 0xdfff) return { decoded: String.fromCharCode(unit), end: at + 6 };
  const low = unitEscape(text, at + 6);
  const paired = unit < 0xdc00 && low !== undefined && low >= 0xdc00 && low <= 0xdfff;
  return paired ? { decoded: String.fromCharCode(unit, low), end: at + 12 } : "json-surrogate";
}

function unitEscape(text: string, at: number): number | undefined {
  UNIT.lastIndex = at;
  const hex = UNIT.exec(text)?.[1];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
}
