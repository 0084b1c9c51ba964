import type { InspectReport } from "../operations/inspect.js";
import type { ScaleRow } from "../operations/scale-rows.js";
import { type Column, columns, hanging } from "./columns.js";
import { escapeText } from "./escape.js";
import { type View, visibleWidth } from "./paint.js";
import { countText, scaleText } from "./words.js";

/** The scales by site: one line a site, one column a role, then how and where they are stored. */
export function scaleTable(report: Pick<InspectReport, "scales" | "format" | "sites">, view: View): string[] {
  const { scales, sites } = report;
  if (scales.length === 0) return [`No KV scales in ${countText(sites, "attention module")}.`];
  const roles = ROLES.filter((role) => scales.some((scale) => scale.role === role));
  const groups = [...bySite(scales).values()];
  const rows = groups.map((group) => siteRow(group, roles));
  const head: Column[] = [
    { title: "site" },
    ...roles.map((role): Column => ({ title: role, align: "right" })),
    { title: "stored" },
    { title: "spelling" },
    { title: "file" },
  ];
  const title = `${countText(scales.length, "scale")} on ${whereText(groups.length, sites)}, ${report.format}`;
  const lines = columns(head, elided(rows), view.width).split("\n");
  const fits = lines.every((line) => visibleWidth(line) <= view.width);
  const shown = fits ? lines : narrow(head, rows, view.width);
  return [view.paint("strong", title), ...shown];
}

/** On a narrow terminal how and where scales are stored is said below the numbers, each way once. */
function narrow(head: readonly Column[], rows: readonly string[][], width: number): string[] {
  const numbers = head.length - 3;
  const table = columns(
    head.slice(0, numbers),
    rows.map((row) => row.slice(0, numbers)),
    width,
  );
  const ways = [...new Set(rows.map((row) => row.slice(numbers).join(", ")))];
  return [table, ...ways.slice(0, MOST_WAYS).flatMap((way) => hanging("  stored as ", way, width))];
}

const MOST_WAYS = 4;

/** A file of scales alone shows no weights, and so not how many modules the model has. */
function whereText(scaled: number, sites: number): string {
  return sites === 0
    ? countText(scaled, "attention module")
    : `${scaled} of ${countText(sites, "attention module")}`;
}

const ROLES = ["kv", "k", "v", "q", "prob"] as const;

function bySite(scales: readonly ScaleRow[]): Map<string, ScaleRow[]> {
  const groups = new Map<string, ScaleRow[]>();
  for (const scale of scales) groups.set(scale.site, [...(groups.get(scale.site) ?? []), scale]);
  return groups;
}

function siteRow(group: readonly ScaleRow[], roles: readonly (typeof ROLES)[number][]): string[] {
  const values = roles.map((role) => valueText(group.find((scale) => scale.role === role)));
  return [
    escapeText(group[0]!.site),
    ...values,
    distinct(group.map(storedText)),
    distinct(group.map(({ spelling }) => spelling ?? "")),
    distinct(group.map(({ file }) => escapeText(file ?? ""))),
  ];
}

/** Per-head scales are shown as their range and count. */
function valueText(scale: ScaleRow | undefined): string {
  if (scale === undefined) return "absent";
  if (scale.per === "tensor") return scaleText(scale.values[0]!);
  const sorted = [...scale.values].sort((a, b) => a - b);
  return `${scaleText(sorted[0]!)}…${scaleText(sorted.at(-1)!)} (${sorted.length})`;
}

function storedText({ dtype, shape }: ScaleRow): string {
  return dtype === null ? "JSON" : `${dtype} [${(shape ?? []).join(",")}]`;
}

function distinct(texts: readonly string[]): string {
  return [...new Set(texts)].join(", ");
}

/** A long table repeats its last columns on every line; say them once and ditto after that. */
function elided(rows: readonly string[][]): string[][] {
  return rows.map((row, at) => {
    const above = rows[at - 1];
    if (above === undefined) return row;
    const tail = row.length - 3;
    const same = row.slice(tail).every((cell, index) => cell === above[tail + index]);
    return same ? row.map((cell, index) => (index < tail ? cell : "")) : row;
  });
}
