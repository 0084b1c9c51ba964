import type { Finding, Severity } from "../../finding.js";
import type { InspectReport } from "../../operations/inspect.js";
import type { Mood } from "./mood.js";
import type { Note, Section, Table } from "./page.js";

/** What is wrong with a checkpoint, worst first. */
export function findingsSection(findings: readonly Finding[]): Section {
  const worstFirst = SEVERITIES.flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  const notes = worstFirst.map(
    ({ severity, code, message, remedy }): Note => ({
      mood: MOODS[severity],
      label: severity,
      code,
      text: message,
      ...(remedy === undefined ? {} : { remedy }),
    }),
  );
  return { title: "Findings", parts: notes.length === 0 ? [] : [{ kind: "notes", notes }] };
}

/** What the configs say of the cache, and tensors that look like scales but were not used. */
export function declaredSection({
  declarations,
  others,
}: Pick<InspectReport, "declarations" | "others">): Section {
  const said: Table = {
    kind: "table",
    form: "stacked",
    head: [{ title: "file" }, { title: "key" }, { title: "dialect" }, { title: "cache" }],
    rows: declarations.map(({ file, path, dialect, cache, strategy, dynamic }) => [
      file,
      { text: path, code: true },
      dialect,
      [cache, strategy, dynamic ? "dynamic" : undefined].filter((word) => word !== undefined).join(", "),
    ]),
  };
  return { title: "Declared by", parts: [...(declarations.length === 0 ? [] : [said]), ...unused(others)] };
}

const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];
const MOODS: Record<Severity, Mood> = { error: "bad", warning: "warn", info: "plain" };

function unused(others: InspectReport["others"]): Section["parts"] {
  if (others.length === 0) return [];
  const rows = others.slice(0, MOST).map(({ name, file, reading }) => {
    const why = "why" in reading && reading.why !== undefined ? `: ${reading.why}` : "";
    return [{ text: name, code: true }, file, `${reading.as}${why}`];
  });
  const head = [{ title: "not used as a scale" }, { title: "file" }, { title: "because" }];
  const rest = others.length - rows.length;
  const more = rest > 0 ? [{ kind: "prose", text: `And ${rest} more; the JSON has all.` } as const] : [];
  return [{ kind: "table", form: "stacked", head, rows }, ...more];
}

/** Enough to see the pattern. */
const MOST = 20;
