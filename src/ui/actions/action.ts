import type { Io } from "../../events.js";
import type { InspectReport } from "../../operations/inspect.js";
import type { View } from "../../report/paint.js";
import type { Settings } from "../settings.js";

/** The checkpoint that a person looks at, and others that lie near it. */
export interface Subject {
  readonly ref: string;
  readonly report: InspectReport;
  /** True where it is read from the Hub, or was downloaded from there. */
  readonly onHub: boolean;
  /** Checkpoints beside it, those of the likest names first. */
  readonly neighbours: readonly string[];
  /** Paths beside it, and in the present directory, where something is already. */
  readonly taken: ReadonlySet<string>;
  readonly settings: Settings;
}

/** Choices by field id; toggles are "yes" or "". */
export type Values = ReadonlyMap<string, string>;

/** One thing that a choice can be. */
export interface Option {
  readonly value: string;
  readonly label: string;
  readonly note: string;
}

/** One choice of an action. Its first value may follow from the subject and from the fields above it. */
export interface Field {
  readonly id: string;
  readonly title: string;
  readonly kind: "checkpoint" | "output" | "file" | "text" | "choice" | "toggle";
  /** For "choice". */
  readonly options?: readonly Option[];
  readonly required?: boolean;
  /** What is shown where the value is empty. */
  readonly empty?: string;
  /** What "yes" would mean, for "toggle". */
  readonly note?: string;
  initial(subject: Subject, above: Values): string;
  /** False where the choices above leave no use for it: then it has no value. Left out: always of use. */
  shown?(above: Values): boolean;
}

/** What an action did, or would do. */
export interface Outcome {
  /** The whole report for people. */
  text(view: View): string;
  /** False where the answer is no, such as a verdict below the thresholds. */
  readonly ok: boolean;
  /** What can be looked at next: a new checkpoint. */
  readonly target: string | undefined;
  /** Commands that serve the result. */
  readonly launch: readonly string[];
  /** Bytes of all files of the result; 0 where nothing is written. */
  readonly bytes: number;
}

/** "plan" looks ahead and writes nothing. */
export type Mode = "plan" | "run";

/** One row of the table of things to do. `perform` is called by the session alone. */
export interface Action {
  /** The command of the same name. */
  readonly id: string;
  readonly title: string;
  /** What it would do for this checkpoint. */
  summary(subject: Subject): string;
  /** Why there is no use in it here; nothing where there is. */
  unavailable(subject: Subject): string | undefined;
  fields(subject: Subject): readonly Field[];
  /** True where a plan is shown before anything is done. */
  readonly planned: boolean;
  /** True where the command line prints the same plan under `--dry-run`. */
  readonly dryRun: boolean;
  /** The words of the same command line, after `kvscale`. */
  words(subject: Subject, values: Values): readonly string[];
  perform(subject: Subject, values: Values, mode: Mode, io: Io): Promise<Outcome>;
}

/** The value of every field that is of use: what a person chose, else what is sensible. */
export function valuesOf(fields: readonly Field[], subject: Subject, chosen: Values): Values {
  const values = new Map<string, string>();
  for (const { id, initial, shown } of fields)
    if (shown?.(values) !== false) values.set(id, chosen.get(id) ?? initial(subject, values));
  return values;
}

/** True for a toggle that is on. */
export function isOn(values: Values, id: string): boolean {
  return values.get(id) === "yes";
}
