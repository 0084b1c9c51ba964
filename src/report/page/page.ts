import type { Provenance } from "../../operations/provenance.js";
import type { Heat } from "./heat.js";
import type { Mood } from "./mood.js";
import type { Plot } from "./plot.js";

/** A report as a value, before it becomes HTML or Markdown. All text is raw: renderers escape it. */
export interface Page {
  /** The command's name and what it speaks of. */
  readonly title: string;
  readonly subject: string;
  readonly verdict: Verdict;
  readonly figures: readonly Figure[];
  readonly sections: readonly Section[];
  readonly provenance: Provenance;
}

/** The answer, on top. */
export interface Verdict {
  readonly mood: Mood;
  readonly text: string;
  readonly why: string;
}

/** One number that sums a run up. */
export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly mood?: Mood;
}

/** A heading and what stands below it; a section without parts is left out. */
export interface Section {
  readonly title: string;
  readonly intro?: string;
  readonly parts: readonly Part[];
}

/** Everything a section can hold. */
export type Part = Prose | Table | Notes | Plot | Heat;

/** One paragraph. */
export interface Prose {
  readonly kind: "prose";
  readonly text: string;
}

/** Rows of cells. "wide" tables scroll sideways on a phone, "stacked" ones put their cells below each other. */
export interface Table {
  readonly kind: "table";
  readonly form: "wide" | "stacked";
  readonly head: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** A cell: text, or text with a mood; `strong` tells it from its neighbours. */
export type Cell =
  | string
  | { readonly text: string; readonly mood?: Mood; readonly code?: boolean; readonly strong?: boolean };

/** Remarks, each with its weight and what to do about it. */
export interface Notes {
  readonly kind: "notes";
  readonly notes: readonly Note[];
}

/** One remark. */
export interface Note {
  readonly mood: Mood;
  readonly label: string;
  readonly text: string;
  readonly code?: string;
  readonly remedy?: string;
}
