import { examineTarget, realTarget } from "../../checkpoint/disk/target.js";
import type { LinkMode } from "../../operations/deps.js";
import type { WriteReport, Writing } from "../../operations/write.js";
import { type Field, isOn, type Mode, type Outcome, type Values } from "./action.js";
import { LINK_FIELD, switches, textIn, toggleField } from "./fields.js";

/** The choices that every written directory leaves open. */
export const WRITING_FIELDS: readonly Field[] = [
  LINK_FIELD,
  toggleField("force", "Overwrite", "an existing output gives way, whole"),
];

/** How a directory is written under these choices; a plan first looks whether its place is free. */
export async function writingOf(values: Values, mode: Mode): Promise<Writing> {
  const path = textIn(values, "output");
  const force = isOn(values, "force");
  if (mode === "plan") await examineTarget(await realTarget(path), path, force);
  return { path, link: linkOf(values), force, dryRun: mode === "plan", strict: false, fsync: true };
}

/** The flags that say the same. */
export function writingWords(values: Values): string[] {
  const link = linkOf(values);
  return [
    ...["-o", textIn(values, "output")],
    ...(link === "auto" ? [] : ["--link", link]),
    ...switches(values, [["force", "--force"]]),
  ];
}

/** What was written, or would be, as the command shows it. */
export async function writeOutcome(report: WriteReport): Promise<Outcome> {
  const { writeText } = await import("../../report/write-text.js");
  const { readiness } = report.result;
  return {
    text: (view) => `${writeText(report, view)}${report.losses.length === 0 ? "\n\nNothing is lost." : ""}`,
    ok: true,
    target: report.target,
    launch: readiness.flatMap(({ verdict, launch }) =>
      verdict === "loads" && launch !== undefined ? [launch] : [],
    ),
    bytes: report.steps.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function linkOf(values: Values): LinkMode {
  return LINKS.find((link) => link === values.get("link")) ?? "auto";
}

const LINKS: readonly LinkMode[] = ["auto", "reflink", "hardlink", "symlink", "copy"];
