import type { ExtractReport } from "../operations/extract.js";
import { escapeText } from "./escape.js";
import { findingLines } from "./finding-text.js";
import type { View } from "./paint.js";
import { scaleTable } from "./scale-table.js";
import { bytesText, countText } from "./words.js";
import { lossLines } from "./write-text.js";

/** `extract` for people: the table, or what was written; findings that need attention below. */
export function extractText(report: ExtractReport, view: View): string {
  const { out, losses, findings } = report;
  const worth = findings.filter(({ severity }) => severity !== "info");
  const written =
    out === null
      ? []
      : [`Wrote ${escapeText(out.path)}: ${countText(out.scales, "scale")}, ${bytesText(out.bytes)}`];
  const parts = [
    out === null ? scaleTable(report, view) : written,
    lossLines(losses, view),
    findingLines(worth, view),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}
