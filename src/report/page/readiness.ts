import type { Readiness } from "../../engines/verdict.js";
import type { Mood } from "./mood.js";
import type { Cell, Section } from "./page.js";

/** What each engine will do with the checkpoint, the ready ones first, each with its launch command. */
export function readinessSection(readiness: readonly Readiness[]): Section {
  const ordered = ORDER.flatMap((verdict) => readiness.filter((ready) => ready.verdict === verdict));
  const rows = ordered.map(({ engine, verdict, reason, launch, remedies }): Cell[] => [
    engine,
    { text: VERDICT_WORDS[verdict], mood: VERDICT_MOODS[verdict] },
    reason,
    { text: launch !== undefined && verdict === "loads" ? launch : (remedies[0] ?? ""), code: true },
  ]);
  const head = ["engine", "", "why", "launch, or do this first"].map((title) => ({ title }));
  return {
    title: "Engines",
    parts: rows.length === 0 ? [] : [{ kind: "table", form: "stacked", head, rows }],
  };
}

/** The verdicts in words; "unit" is the silent one. */
export const VERDICT_WORDS: Record<Readiness["verdict"], string> = {
  loads: "loads",
  partial: "in part",
  ignores: "ignores",
  refuses: "refuses",
  unit: "runs at 1.0",
};

const VERDICT_MOODS: Record<Readiness["verdict"], Mood> = {
  loads: "good",
  partial: "warn",
  ignores: "plain",
  refuses: "bad",
  unit: "bad",
};

const ORDER: readonly Readiness["verdict"][] = ["loads", "partial", "unit", "refuses", "ignores"];
