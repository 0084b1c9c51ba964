/** The meanings that colour may add; none is ever told by colour alone. */
export type Tone = "strong" | "faint" | "good" | "warn" | "bad" | "name";

/** Wraps text in the colour of a meaning, or leaves it alone. */
export type Paint = (tone: Tone, text: string) => string;

/** What a rendering needs to know of the place it is shown in. */
export interface View {
  readonly width: number;
  readonly paint: Paint;
}

const CODES: Record<Tone, readonly [on: number, off: number]> = {
  strong: [1, 22],
  faint: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  name: [36, 39],
};

/** Paint for a terminal that shows colours. */
export const coloured: Paint = (tone, text) => `\u001b[${CODES[tone][0]}m${text}\u001b[${CODES[tone][1]}m`;

/** Paint for pipes, files, NO_COLOR and TERM=dumb. */
export const plain: Paint = (_tone, text) => text;

/** Width of text on a terminal once its colour codes are taken away; every character counts as one column. */
export function visibleWidth(text: string): number {
  return [...text.replace(/\u001b\[\d+m/g, "")].length;
}
