import { declarationLines, findingLines } from "../report/finding-text.js";
import { fitting } from "./fitting-lines.js";
import { bodyWidth, type Looks, viewOf } from "./looks.js";
import { warningLines } from "./report-lines.js";
import { fuzzy } from "./state/fuzzy.js";
import type { OverviewScreen } from "./state/screen.js";

/** Findings and declarations as lines, only those that fit the search. */
export function findingRows(
  { subject: { report }, search, warnings }: OverviewScreen,
  looks: Looks,
): readonly string[] {
  const query = search.line.text;
  const view = viewOf(looks, Math.min(bodyWidth(looks), WIDEST));
  const findings = fuzzy(query, report.findings, ({ message, code }) => `${code} ${message}`);
  const found =
    findings.length === 0 && query === "" ? ["Nothing found that is wrong with these scales."] : [];
  const lines = [...warningLines(warnings, looks), ...found, ...findingLines(findings, view)];
  const all = query === "" ? [...lines, "", ...declarationLines(report.declarations, view)] : lines;
  return fitting(all, view.width);
}

/** The furthest that findings can be scrolled where `height` lines are shown, the last of them a count. */
export function lastFindingRow(rows: readonly string[], height: number): number {
  return rows.length <= height ? 0 : rows.length - height + 1;
}

const WIDEST = 120;
