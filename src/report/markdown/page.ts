import type { FilePrint, Provenance } from "../../operations/provenance.js";
import { escapeText } from "../escape.js";
import type { Mood } from "../page/mood.js";
import type { Note, Page, Part, Section, Table } from "../page/page.js";
import { heatText, plotText } from "./plot.js";
import { markdownTable } from "./table.js";
import { markdownCode, markdownProse, markdownText } from "./text.js";

/** A report as Markdown, as GitHub and GitLab show it: the same parts as the HTML, plots as rows of blocks. */
export function markdownPage(page: Page): string {
  const { title, subject, verdict, figures } = page;
  const sums = figures.map(({ label, value, note }) => [
    label,
    `**${markdownText(value)}**`,
    markdownText(note ?? ""),
  ]);
  const sections = page.sections.filter(({ parts }) => parts.length > 0);
  return `${[
    `# ${markdownText(title)}: ${markdownText(subject)}`,
    `${SIGNS[verdict.mood]} **${markdownText(verdict.text)}** ${markdownProse(verdict.why)}`,
    figures.length === 0 ? "" : markdownTable(["", "", ""], sums),
    ...sections.map(sectionText),
    provenanceText(page.provenance),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

const SIGNS: Record<Mood, string> = { good: "✅", warn: "⚠️", bad: "❌", plain: "ℹ️" };

function sectionText({ title, intro, parts }: Section): string {
  return [
    `## ${markdownText(title)}`,
    ...(intro === undefined ? [] : [markdownProse(intro)]),
    ...parts.map(partText),
  ].join("\n\n");
}

function partText(part: Part): string {
  switch (part.kind) {
    case "prose":
      return markdownProse(part.text);
    case "table":
      return tableText(part);
    case "notes":
      return part.notes.map(noteText).join("\n");
    case "plot":
      return plotText(part);
    case "heat":
      return heatText(part);
  }
}

function tableText({ head, rows }: Table): string {
  const cells = rows.map((row) =>
    row.map((cell) => {
      if (typeof cell === "string") return markdownText(cell);
      if (cell.strong === true) return `**${markdownText(cell.text)}**`;
      return cell.code === true ? markdownCode(cell.text) : markdownText(cell.text);
    }),
  );
  return markdownTable(
    head.map(({ title }) => markdownText(title)),
    cells,
  );
}

function noteText({ mood, label, text, code, remedy }: Note): string {
  const id = code === undefined ? "" : ` ${markdownCode(code)}`;
  const todo = remedy === undefined ? "" : `\n  → ${markdownProse(remedy)}`;
  return `- ${SIGNS[mood]} **${markdownText(label)}**${id}: ${markdownProse(text)}${todo}`;
}

function provenanceText({ command, made, versions, inputs, given = [] }: Provenance): string {
  const by = versions.map(({ of, version }) => `${of} ${version}`).join(" · ");
  const fileRow = ({ path, sha256, of }: FilePrint) => [markdownText(path), of, markdownCode(sha256)];
  const rows = inputs.flatMap(({ label, written, scales, files }) => [
    [
      markdownText(label),
      written ? "scales, written by this run" : "scales",
      scales === null ? "none" : markdownCode(scales),
    ],
    ...files.map(fileRow),
  ]);
  const made_ = `${markdownText(by)} · ${made}`;
  return [
    "## How this was made",
    fenced(command),
    made_,
    markdownTable(["file", "what", "SHA-256"], [...rows, ...given.map(fileRow)]),
  ].join("\n\n");
}

/** A block of code whose fence is longer than any within it. */
function fenced(text: string): string {
  const shown = escapeText(text);
  const longest = Math.max(2, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${shown}\n${fence}`;
}
