import type { InspectReport } from "../operations/inspect.js";
import { columns } from "./columns.js";
import { escapeText } from "./escape.js";
import { declarationLines, findingLines } from "./finding-text.js";
import type { View } from "./paint.js";
import { readinessLines } from "./readiness-text.js";
import { scaleTable } from "./scale-table.js";
import { bytesText, countText } from "./words.js";

/** `inspect` for people: the checkpoint, its scales by layer, what declares them, findings, engines. */
export function inspectText(report: InspectReport, view: View): string {
  const parts = [
    headLines(report, view),
    scaleTable(report, view),
    othersLines(report, view),
    declarationLines(report.declarations, view),
    findingLines(report.findings, view),
    readinessLines(report.readiness, view),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function headLines({ checkpoint, geometry, weights }: InspectReport, { paint }: View): string[] {
  const { layers, queryHeads, kvHeads, headSize } = geometry;
  const facts = [
    geometry.modelType,
    layers === undefined ? undefined : countText(layers, "layer"),
    queryHeads === undefined ? undefined : countText(queryHeads, "query head"),
    kvHeads === undefined ? undefined : countText(kvHeads, "KV head"),
    headSize === undefined ? undefined : `head size ${headSize}`,
    geometry.dtype,
    weights.method === "none"
      ? undefined
      : `weights: ${weights.word ?? weights.method}${weights.kvOnly ? " (KV cache only)" : ""}`,
  ];
  const files = `${countText(checkpoint.shards, "shard")}${checkpoint.indexed ? " with an index" : ""}, ${bytesText(checkpoint.bytes)}`;
  const known = facts.filter((fact) => fact !== undefined).map((fact) => escapeText(fact));
  return [paint("strong", escapeText(checkpoint.label)), [...known, files].join(" · ")];
}

function othersLines({ others }: InspectReport, { paint, width }: View): string[] {
  if (others.length === 0) return [];
  const rows = others
    .slice(0, MOST_OTHERS)
    .map(({ name, file, reading }) => [
      `  ${escapeText(name)}`,
      escapeText(file),
      reading.as === "refused" || (reading.as === "unrecognised" && reading.why !== undefined)
        ? `${reading.as}: ${reading.why}`
        : reading.as === "companion"
          ? reading.what
          : "unrecognised",
    ]);
  const more = others.length > MOST_OTHERS ? [`  and ${others.length - MOST_OTHERS} more`] : [];
  const head = [{ title: "" }, { title: "" }, { title: "", flexible: true }];
  return [paint("strong", "Not used as scales"), columns(head, rows, width), ...more];
}

/** Enough to see the pattern; the JSON has all. */
const MOST_OTHERS = 8;
