import type { PushFacts, Way } from "../checkpoint/hub/push-target.js";
import type { PushReport } from "../operations/push.js";
import { columns } from "./columns.js";
import { escapeText } from "./escape.js";
import { findingLines } from "./finding-text.js";
import type { View } from "./paint.js";
import { bytesText, countText } from "./words.js";

/** `push` for people: where it is, what was or would be sent, and what is wrong with the checkpoint. */
export function pushText({ push, result }: PushReport, dryRun: boolean, view: View): string {
  const worth = result.findings.filter(({ severity }) => severity !== "info");
  const parts = [pushLines(push, dryRun, view), findingLines(worth, view)];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** What became of a checkpoint on the Hub, by the ways that its files took. */
export function pushLines(push: PushFacts, dryRun: boolean, { paint, width }: View): string[] {
  const rows = WAYS.flatMap(([way, words]) => {
    const files = push.files.filter((file) => file.way === way);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return files.length === 0 ? [] : [[`  ${words}`, countText(files.length, "file"), bytesText(bytes)]];
  });
  const requests = dryRun ? requestLines(push, width) : [];
  const removed = push.files.filter(({ way }) => way === "delete");
  return [
    paint("strong", headline(push, dryRun)),
    columns(HEAD, rows, width),
    ...removed.map(({ path }) => `    ${escapeText(path)}`),
    ...requests,
  ];
}

const WAYS: readonly (readonly [Way, string])[] = [
  ["send", "uploaded"],
  ["copy", "copied by the Hub"],
  ["refer", "already in the repository"],
  ["same", "as they were"],
  // Last: names follow it.
  ["delete", "removed"],
];

const HEAD = [{ title: "" }, { title: "", align: "right" as const }, { title: "", align: "right" as const }];

function headline({ url, commit, created, pullRequest, files }: PushFacts, dryRun: boolean): string {
  const shown = escapeText(url);
  if (files.every(({ way }) => way === "same")) return `Nothing to push, all is there: ${shown}`;
  if (dryRun) return `Would push (dry run) to ${created ? "a new repository " : ""}${shown}`;
  const what = pullRequest === null ? `Pushed commit ${commit?.slice(0, 12)}` : "Opened a pull request";
  return `${what}: ${shown}`;
}

function requestLines({ requests }: PushFacts, width: number): string[] {
  if (requests.length === 0) return [];
  const rows = requests.map(({ what, count, bytes }) => [
    `  ${what}`,
    countText(count, "request"),
    bytes === 0 ? "" : bytesText(bytes),
  ]);
  return [
    "Requests that change the Hub, at most (a large file may go in parts):",
    columns(HEAD, rows, width),
  ];
}
