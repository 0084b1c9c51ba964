import type { Readiness } from "../engines/verdict.js";
import type { InspectReport } from "../operations/inspect.js";
import type { StepFacts } from "../operations/step-facts.js";
import type { WriteReport } from "../operations/write.js";
import type { Loss } from "../scales/table.js";
import { columns, hanging } from "./columns.js";
import { escapeText } from "./escape.js";
import { findingLines } from "./finding-text.js";
import type { View } from "./paint.js";
import { pushLines } from "./push-text.js";
import { readinessLines } from "./readiness-text.js";
import { bytesText, countText } from "./words.js";

/** `merge`, `convert` and `strip` for people: what was or would be done, what was lost, who can use it. */
export function writeText(report: WriteReport, view: View): string {
  const { result, losses } = report;
  const worth = result.findings.filter(({ severity }) => severity !== "info");
  const parts = [
    headLines(report, view),
    stepLines(report, view),
    report.push === null ? [] : pushLines(report.push, !report.written, view),
    networkLines(report, view),
    lossLines(losses, view),
    findingLines(worth, view),
    readinessLines(worthSaying(result), view, false),
    result.readiness.length > 1 ? launchLines(report, view) : [],
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Of a checkpoint without scales, as `strip` leaves it, every engine would say so; only what stops one is news. */
function worthSaying({ scales, readiness }: InspectReport): readonly Readiness[] {
  if (scales.length > 0 || readiness.length === 1) return readiness;
  return readiness.filter(({ verdict }) => verdict !== "ignores");
}

/** What could not be kept, one line a loss; many alike are counted. */
export function lossLines(losses: readonly Loss[], { paint, width }: View): string[] {
  if (losses.length === 0) return [];
  const codes = [...new Set(losses.map(({ code }) => code))];
  const told = codes.flatMap((code) => {
    const alike = losses.filter((loss) => loss.code === code);
    const [first] = alike;
    const more = alike.length > 1 ? `, and ${alike.length - 1} more` : "";
    const where = first!.site === undefined ? "" : `${first!.site}: `;
    return hanging(`  ${code}  `, `${escapeText(where + first!.detail)}${more}`, width);
  });
  return [paint("strong", "Losses"), ...told];
}

function headLines(report: WriteReport, { paint }: View): string[] {
  const { target, result } = report;
  const name = escapeText(target);
  const held = countText(result.scales.length, "scale");
  return [`${paint("strong", headline(report, name))}: ${held}, ${bytesText(result.checkpoint.bytes)}`];
}

function headline(report: WriteReport, name: string): string {
  if (report.written) return `Wrote ${name}`;
  return isThere(report) ? `${name} holds it already` : `Would write (dry run) ${name}`;
}

/** True where a repository lacks nothing of the result. */
function isThere({ push }: WriteReport): boolean {
  return push?.files.every(({ way }) => way === "same") ?? false;
}

/** Files that only come along are counted; renamed, new and changed ones are listed. */
function stepLines({ steps }: WriteReport, { width }: View): string[] {
  const quiet = steps.filter(({ step, from }) => step === "keep" && from === null);
  const loud = steps.filter((step) => !quiet.includes(step));
  const rows = loud.map((step) => [`  ${VERBS[step.step]}`, pathText(step), sizeText(step), step.why ?? ""]);
  const head = [
    { title: "" },
    { title: "" },
    { title: "", align: "right" as const },
    { title: "", flexible: true },
  ];
  const asItWas = quiet.length === 1 ? "as it is" : "as they are";
  const rest = quiet.length === 0 ? [] : [`  keep   ${countText(quiet.length, "other file")} ${asItWas}`];
  const fixed = Math.max(...rows.map((cells) => cells.slice(0, 3).join("  ").length));
  const shown = fixed + LEAST_WHY > width ? 3 : 4;
  const cells = rows.map((row) => row.slice(0, shown));
  return rows.length === 0 ? rest : [columns(head.slice(0, shown), cells, width), ...rest];
}

/** Columns that a reason needs to be read; where file names leave fewer, it is left out. */
const LEAST_WHY = 24;

const VERBS: Record<StepFacts["step"], string> = {
  keep: "keep",
  write: "write",
  stream: "stream",
  delete: "leave out",
};

function pathText({ path, from }: StepFacts): string {
  return from === null ? escapeText(path) : `${escapeText(from)} as ${escapeText(path)}`;
}

function sizeText({ step, bytes }: StepFacts): string {
  return step === "delete" ? "" : bytesText(bytes);
}

/** What was asked of the Hub; before writing also each file that will be, and how much of it. */
function networkLines(report: WriteReport, view: View): string[] {
  if (report.network === null) return [];
  const { written } = report;
  const { requests, bytes } = report.network;
  const fetches = isThere(report) ? [] : report.network.fetches;
  const total = fetches.reduce((sum, fetch) => sum + fetch.bytes, 0);
  const read = `${countText(requests, "request")}, ${bytesText(bytes)} to read it`;
  const more = `${countText(fetches.length, "file")}, ${bytesText(total)} ${written ? "fetched" : "to fetch"}`;
  const head = `${view.paint("strong", "Hub")}: ${read}${fetches.length === 0 ? "" : `; ${more}`}`;
  if (written || fetches.length === 0) return [head];
  const rows = fetches.map((fetch) => ["  GET", escapeText(fetch.path), bytesText(fetch.bytes)]);
  return [head, columns([{ title: "" }, { title: "" }, { title: "", align: "right" }], rows, view.width)];
}

/** The commands that serve the result, for each engine that is ready. */
function launchLines({ result }: WriteReport, { paint }: View): string[] {
  const ready = result.readiness.filter(({ verdict, launch }) => verdict === "loads" && launch !== undefined);
  if (ready.length === 0) return [];
  return [paint("strong", "Launch"), ...ready.map(({ launch }) => `  ${escapeText(launch!)}`)];
}
