import { coloured, plain, type View } from "../report/paint.js";

/** What the session is shown on. */
export interface Looks {
  readonly columns: number;
  readonly rows: number;
  /** False under NO_COLOR: then nothing is told by weight or colour either. */
  readonly colour: boolean;
  /** True when a screen reader speaks the screen: words instead of drawings, and no cut lists. */
  readonly reader: boolean;
  /** True where nothing but ASCII is shown. */
  readonly ascii: boolean;
}

/** From this width on, two things stand side by side. */
const WIDE = 120;

/** Less than this shows nothing that could be read. */
const SMALLEST = { columns: 50, rows: 14 };

/** True where the screens have no room. */
export function isTooSmall({ columns, rows, reader }: Looks): boolean {
  return !reader && (columns < SMALLEST.columns || rows < SMALLEST.rows);
}

/** What a person can do about it. */
export const TOO_SMALL = `Too small: ${SMALLEST.columns} by ${SMALLEST.rows} characters are needed.`;

/** Lines around the body: title, rule, an empty line above the keys, and the keys. */
const FRAME_LINES = 4;

/** True where there is room for two columns of content. */
export function isWide({ columns }: Looks): boolean {
  return columns >= WIDE;
}

/** Columns that content may take: one is left free at either side. */
export function bodyWidth({ columns }: Looks): number {
  return Math.max(20, columns - 2);
}

/** Lines that content may take. */
export function bodyHeight({ rows }: Looks): number {
  return Math.max(4, rows - FRAME_LINES);
}

/** Lines of the overview above its parts: two of facts, the tabs, and the gaps around these. */
const OVERVIEW_HEAD = 5;

/** Lines that one part of the overview may take; a search takes one of them. */
export function partHeight(looks: Looks, searching: boolean): number {
  return bodyHeight(looks) - OVERVIEW_HEAD - (searching ? 1 : 0);
}

/** For report texts: their width, and the colours that this place shows. */
export function viewOf(looks: Looks, width = bodyWidth(looks)): View {
  return { width, paint: looks.colour ? coloured : plain };
}
