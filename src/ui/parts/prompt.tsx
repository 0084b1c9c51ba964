import { Text } from "ink";
import { escapeText } from "../../report/escape.js";
import type { TextLine } from "../state/text-line.js";
import { Said } from "./said.js";

/** A line under edit with its cursor: inverted where colours are shown, else a bar before the character. */
export function Prompt(props: { line: TextLine; colour: boolean; width: number; empty?: string }) {
  const { line, colour, width, empty = "" } = props;
  const characters = [...line.text];
  const from = Math.max(0, line.at - Math.max(8, width - 4));
  const part = (a: number, b?: number) => escapeText(characters.slice(a, b).join(""));
  const under = part(line.at, line.at + 1);
  return (
    <Text wrap="truncate-end">
      {from > 0 ? "…" : ""}
      {part(from, line.at)}
      {colour ? <Text inverse>{under === "" ? " " : under}</Text> : `▏${under}`}
      {part(line.at + 1)}
      {line.text === "" ? <Said tone="faint">{empty}</Said> : null}
    </Text>
  );
}
