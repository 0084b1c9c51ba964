import type { InspectReport } from "../operations/inspect.js";
import { declarationLines, findingLines } from "../report/finding-text.js";
import { bodyWidth, type Looks, viewOf } from "./looks.js";
import { fuzzy } from "./state/fuzzy.js";

/** Findings and declarations as lines, only those that fit the search. */
export function findingRows(report: InspectReport, query: string, looks: Looks): readonly string[] {
  const view = viewOf(looks, Math.min(bodyWidth(looks), WIDEST));
  const findings = fuzzy(query, report.findings, ({ message, code }) => `${code} ${message}`);
  const found =
    findings.length === 0 && query === "" ? ["Nothing found that is wrong with these scales."] : [];
  const lines = [...found, ...findingLines(findings, view)];
  return query === "" ? [...lines, "", ...declarationLines(report.declarations, view)] : lines;
}

/** The furthest that findings can be scrolled where `height` lines are shown, the last of them a count. */
export function lastFindingRow(rows: readonly string[], height: number): number {
  return rows.length <= height ? 0 : rows.length - height + 1;
}

const WIDEST = 120;
