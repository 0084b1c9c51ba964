import { hanging } from "../report/columns.js";
import { escapeText } from "../report/escape.js";
import { actionOf } from "./actions/actions.js";
import { commandLines } from "./command-text.js";
import { fitting } from "./fitting-lines.js";
import { bodyHeight, bodyWidth, type Looks, viewOf } from "./looks.js";
import type { ReportScreen } from "./state/screen.js";

/** Lines that the ways on take below the report, and the empty ones around them. */
const BELOW = 3;

/** The report and what was warned of on the way, as lines, as wide as there is room. */
export function reportLines(
  { outcome, warnings }: Pick<ReportScreen, "outcome" | "warnings">,
  looks: Looks,
): readonly string[] {
  const view = viewOf(looks, Math.min(bodyWidth(looks), WIDEST));
  return [...warningLines(warnings, looks), ...fitting(outcome.text(view).split("\n"), bodyWidth(looks))];
}

/** What an operation warned of, above what came of it. */
export function warningLines(warnings: readonly string[], looks: Looks): readonly string[] {
  const view = viewOf(looks, Math.min(bodyWidth(looks), WIDEST));
  const lines = warnings.flatMap((message) =>
    hanging(`${view.paint("warn", "warning")}  `, escapeText(message), view.width),
  );
  return lines.length === 0 ? [] : [...lines, ""];
}

/** The same as one command line, broken so that a shell still takes it. */
export function oneLine({ subject, action, values }: ReportScreen, looks: Looks): readonly string[] {
  const words = actionOf(action).words(subject, values);
  const width = bodyWidth(looks) - IN_ONE_LINE.length;
  return commandLines(words, width).map(
    (line, at) => (at === 0 ? IN_ONE_LINE : " ".repeat(IN_ONE_LINE.length)) + line,
  );
}

/** What stands before the command. */
export const IN_ONE_LINE = "in one line   ";

/** Lines of the report that are shown at once. */
export function reportHeight(screen: ReportScreen, looks: Looks): number {
  return Math.max(3, bodyHeight(looks) - BELOW - oneLine(screen, looks).length);
}

/** The furthest that the report can be scrolled. */
export function lastOffset(screen: ReportScreen, looks: Looks): number {
  const lines = reportLines(screen, looks).length;
  const height = reportHeight(screen, looks);
  return lines <= height ? 0 : lines - height + 1;
}

/** Sentences in longer lines are hard to read. */
const WIDEST = 120;
