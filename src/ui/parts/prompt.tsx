import { Text } from "ink";
import { escapeText } from "../../report/escape.js";
import type { TextLine } from "../state/text-line.js";
import { textWidth } from "../text-width.js";
import { Said } from "./said.js";

/** A line under edit with its cursor: inverted where colours are shown, else a bar before the character. */
export function Prompt(props: { line: TextLine; colour: boolean; width: number; empty?: string }) {
  const { line, colour, width, empty = "" } = props;
  const characters = [...line.text].map(escapeText);
  const from = firstShown(characters.slice(0, line.at), Math.max(8, width - 4));
  const [before, under, after] = [
    characters.slice(from, line.at).join(""),
    characters[line.at] ?? "",
    characters.slice(line.at + 1).join(""),
  ];
  return (
    <Text wrap="truncate-end">
      {from > 0 ? "…" : ""}
      {before}
      {colour ? <Text inverse>{under === "" ? " " : under}</Text> : `▏${under}`}
      {after}
      {line.text === "" ? <Said tone="faint">{empty}</Said> : null}
    </Text>
  );
}

/** Where to begin so that what is before the cursor fits. */
function firstShown(before: readonly string[], room: number): number {
  let from = before.length;
  let width = 0;
  while (from > 0) {
    width += textWidth(before[from - 1]!);
    if (width > room) return from;
    from -= 1;
  }
  return from;
}
