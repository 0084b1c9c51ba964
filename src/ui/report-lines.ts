import { hanging } from "../report/columns.js";
import { escapeText } from "../report/escape.js";
import { actionOf } from "./actions/actions.js";
import { commandText } from "./command-text.js";
import { bodyHeight, bodyWidth, type Looks, viewOf } from "./looks.js";
import type { ReportScreen } from "./state/state.js";

/** Lines that the ways on take below the report, and the empty ones around them. */
const BELOW = 3;

/** The report as lines, as wide as there is room. */
export function reportLines({ outcome }: Pick<ReportScreen, "outcome">, looks: Looks): readonly string[] {
  return outcome.text(viewOf(looks, Math.min(bodyWidth(looks), WIDEST))).split("\n");
}

/** The same as one command line, broken where it must be; whole in what is told at the end. */
export function commandLines({ subject, action, values }: ReportScreen, looks: Looks): readonly string[] {
  const command = escapeText(commandText(actionOf(action).words(subject, values)));
  return hanging(IN_ONE_LINE, command, bodyWidth(looks));
}

/** What stands before the command. */
export const IN_ONE_LINE = "in one line   ";

/** Lines of the report that are shown at once. */
export function reportHeight(screen: ReportScreen, looks: Looks): number {
  return Math.max(3, bodyHeight(looks) - BELOW - commandLines(screen, looks).length);
}

/** The furthest that the report can be scrolled. */
export function lastOffset(screen: ReportScreen, looks: Looks): number {
  const lines = reportLines(screen, looks).length;
  const height = reportHeight(screen, looks);
  return lines <= height ? 0 : lines - height + 1;
}

/** Sentences in longer lines are hard to read. */
const WIDEST = 120;
