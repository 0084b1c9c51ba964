import { examineTarget, realTarget } from "../../checkpoint/disk/target.js";
import type { LinkMode } from "../../operations/deps.js";
import type { WriteReport, Writing } from "../../operations/write.js";
import type { Settings } from "../settings.js";
import { type Field, isOn, type Mode, type Outcome, type Values } from "./action.js";
import { destinationWords, isDirectory, pushingOf } from "./destination.js";
import { switches, textIn, toggleField } from "./fields.js";

/** The choices that every written directory leaves open. */
export const WRITING_FIELDS: readonly Field[] = [
  {
    id: "link",
    title: "Unchanged files",
    kind: "choice",
    options: [
      { value: "auto", label: "reflink or copy", note: "shares blocks where the filesystem can" },
      { value: "hardlink", label: "hard links", note: "at once; same filesystem only" },
      { value: "symlink", label: "symbolic links", note: "at once; breaks when the base moves" },
      { value: "reflink", label: "reflink", note: "shares blocks, or is refused" },
      { value: "copy", label: "copy", note: "always independent" },
    ],
    initial: ({ settings }) => settings.link ?? "auto",
    shown: isDirectory,
  },
  {
    ...toggleField("force", "Overwrite", "an existing output gives way, whole (--force)"),
    shown: isDirectory,
  },
];

/** How a checkpoint is written under these choices; a plan first looks whether its place is free. */
export async function writingOf(values: Values, mode: Mode): Promise<Writing> {
  const how = { link: linkOf(values), force: isOn(values, "force"), dryRun: mode === "plan", ...ALWAYS };
  if (!isDirectory(values)) {
    return { path: textIn(values, "repository"), ...how, push: await pushingOf(values, mode, true) };
  }
  const path = textIn(values, "output");
  if (mode === "plan") await examineTarget(await realTarget(path), path, how.force);
  return { path, ...how };
}

const ALWAYS = { strict: false, fsync: true };

/** The flags that say the same. What a setting says must be unsaid, too. */
export function writingWords(values: Values, settings: Settings): string[] {
  const link = linkOf(values);
  const isSaid = isDirectory(values) && (link !== "auto" || settings.link !== undefined);
  return [
    ...destinationWords(values),
    ...(isSaid ? ["--link", link] : []),
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
    target: report.push?.pullRequest ? undefined : report.target,
    launch: readiness.flatMap(({ verdict, launch }) =>
      verdict === "loads" && launch !== undefined ? [launch] : [],
    ),
    bytes: bytesOf(report),
  };
}

/** What is to be moved: files of a directory, or what travels to the Hub. */
function bytesOf({ steps, push }: WriteReport): number {
  const moved = push?.requests ?? steps;
  return moved.reduce((sum, { bytes }) => sum + bytes, 0);
}

function linkOf(values: Values): LinkMode {
  return LINKS.find((link) => link === values.get("link")) ?? "auto";
}

const LINKS: readonly LinkMode[] = ["auto", "reflink", "hardlink", "symlink", "copy"];
