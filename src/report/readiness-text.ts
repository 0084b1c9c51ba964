import type { Readiness } from "../engines/verdict.js";
import { columns, wrap } from "./columns.js";
import { escapeText } from "./escape.js";
import type { Tone, View } from "./paint.js";

/** What each engine will do: one line an engine; a single engine in full, with remedies and, if asked, sources. */
export function readinessLines(readiness: readonly Readiness[], view: View, withSources = true): string[] {
  const [only] = readiness;
  if (only === undefined) return [];
  return readiness.length === 1 ? inFull(only, view, withSources) : matrix(readiness, view);
}

/** The colour of a verdict. */
export const VERDICT_TONES: Record<Readiness["verdict"], Tone> = {
  loads: "good",
  partial: "warn",
  ignores: "warn",
  refuses: "bad",
  unit: "bad",
};

/** The verdicts in words; "unit" is the silent one. */
export const VERDICT_WORDS: Record<Readiness["verdict"], string> = {
  loads: "loads",
  partial: "in part",
  ignores: "ignores",
  refuses: "refuses",
  unit: "runs at 1.0",
};

function matrix(readiness: readonly Readiness[], { paint, width }: View): string[] {
  const rows = readiness.map(({ engine, verdict, reason }) => [
    `  ${engine}`,
    paint(VERDICT_TONES[verdict], VERDICT_WORDS[verdict]),
    escapeText(reason),
  ]);
  const head = [{ title: "" }, { title: "" }, { title: "", flexible: true }];
  return [paint("strong", "Engines"), columns(head, rows, width)];
}

function inFull(readiness: Readiness, { paint, width }: View, withSources: boolean): string[] {
  const { engine, verdict, reason, launch, remedies, sources } = readiness;
  const title = `${paint("strong", engine)}  ${paint(VERDICT_TONES[verdict], VERDICT_WORDS[verdict])}`;
  const told = wrap(escapeText(reason), width - 2).map((line) => `  ${line}`);
  return [
    title,
    ...told,
    ...(launch === undefined ? [] : [`  launch: ${escapeText(launch)}`]),
    ...remedies.map((remedy) => `  → ${escapeText(remedy)}`),
    ...(withSources ? sources : []).map((source) => paint("faint", `  source: ${escapeText(source)}`)),
  ];
}
