import type { Declaration } from "../config/declaration.js";
import type { Finding, Severity } from "../finding.js";
import { hanging } from "./columns.js";
import { escapeText } from "./escape.js";
import type { Tone, View } from "./paint.js";

/** Findings, worst first, each with its remedy below it. */
export function findingLines(findings: readonly Finding[], view: View): string[] {
  if (findings.length === 0) return [];
  const worstFirst = SEVERITIES.flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  return [view.paint("strong", "Findings"), ...worstFirst.flatMap((finding) => findingText(finding, view))];
}

/** What the configs declare about the KV cache, one line a declaration. */
export function declarationLines(declarations: readonly Declaration[], { paint }: View): string[] {
  if (declarations.length === 0) return [];
  return [paint("strong", "Declared by"), ...declarations.map(declarationText)];
}

const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];
const TONES: Record<Severity, Tone> = { error: "bad", warning: "warn", info: "faint" };

function findingText({ severity, code, message, remedy }: Finding, { paint, width }: View): string[] {
  const mark = paint(TONES[severity], severity.padEnd(7));
  const todo = remedy === undefined ? [] : hanging("           → ", escapeText(remedy), width);
  return [...hanging(`  ${mark}  `, `${escapeText(message)} (${code})`, width), ...todo];
}

function declarationText({ file, path, dialect, cache, strategy, dynamic }: Declaration): string {
  const words = [cache, strategy, dynamic ? "dynamic" : undefined].filter((word) => word !== undefined);
  return `  ${escapeText(file)} ${escapeText(path)} (${dialect}): ${words.join(", ")}`;
}
