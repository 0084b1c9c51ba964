import type { Field, Outcome, Subject, Values } from "../actions/action.js";
import type { TextLine } from "./text-line.js";
import type { Watch } from "./watch.js";

/** A place that a person may mean: what completion and memory offer. */
export interface Offer {
  /** What the line becomes when it is taken. */
  readonly text: string;
  readonly kind: "checkpoint" | "folder" | "file" | "recent" | "hub";
}

/** Where a checkpoint, a file or a place for output is named. */
export interface PickScreen {
  readonly kind: "pick";
  /** The form's field that it answers; none for the checkpoint to look at. */
  readonly field: Pick<Field, "id" | "title" | "kind" | "empty"> | undefined;
  readonly line: TextLine;
  /** What lies where the line points, as last heard. */
  readonly entries: readonly Offer[];
  /** The text that `entries` are for. */
  readonly heard: string | undefined;
  /** Tab was pressed before that was heard: it is made up for then. */
  readonly completing: boolean;
  /** -1 is the line itself. */
  readonly cursor: number;
}

/** The checkpoint that was opened: its scales, findings, engines. */
export interface OverviewScreen {
  readonly kind: "overview";
  readonly subject: Subject;
  readonly tab: Tab;
  readonly cursors: Readonly<Record<Tab, number>>;
  /** Told while it was read. */
  readonly warnings: readonly string[];
  /** Sites whose scales are shown one by one. */
  readonly open: ReadonlySet<string>;
  readonly search: Search;
}

/** Parts of the overview, in the order of their digits. */
export const TABS = ["scales", "findings", "engines"] as const;

/** One of `TABS`. */
export type Tab = (typeof TABS)[number];

/** A filter over a long list; `editing` while it is typed. */
export interface Search {
  readonly editing: boolean;
  readonly line: TextLine;
}

/** True while a search is typed or narrows what is shown. */
export function isSearching({ search }: OverviewScreen): boolean {
  return search.editing || search.line.text !== "";
}

/** What to do with the checkpoint. */
export interface ActionsScreen {
  readonly kind: "actions";
  readonly subject: Subject;
  readonly cursor: number;
}

/** The choices of one action; the last row goes on. */
export interface FormScreen {
  readonly kind: "form";
  readonly subject: Subject;
  readonly action: string;
  /** What a person chose; everything else is prefilled. */
  readonly chosen: Values;
  readonly cursor: number;
}

/** The options of one field, to search and choose from. */
export interface ChooseScreen {
  readonly kind: "choose";
  readonly field: string;
  readonly line: TextLine;
  readonly cursor: number;
}

/** A look ahead, or what was done: text to scroll, and what can follow. */
export interface ReportScreen {
  readonly kind: "plan" | "result";
  readonly subject: Subject;
  readonly action: string;
  readonly values: Values;
  readonly outcome: Outcome;
  /** Told on the way. */
  readonly warnings: readonly string[];
  readonly offset: number;
  readonly cursor: number;
}

/** Work under way. */
export interface WorkScreen {
  readonly kind: "work";
  readonly title: string;
  readonly task: number;
  readonly watch: Watch;
  readonly stopping: boolean;
}

/** A refusal, told with its remedy. */
export interface FailureScreen {
  readonly kind: "failure";
  readonly title: string;
  readonly message: string;
  readonly remedy: string | undefined;
}

/** Everything that can be on top. */
export type Screen =
  | PickScreen
  | OverviewScreen
  | ActionsScreen
  | FormScreen
  | ChooseScreen
  | ReportScreen
  | WorkScreen
  | FailureScreen;
