import type { PushedFile, PushFacts, Way } from "../checkpoint/hub/push-target.js";
import type { PushReport } from "../operations/push.js";
import { columns, hanging } from "./columns.js";
import { escapeText } from "./escape.js";
import { findingLines } from "./finding-text.js";
import type { View } from "./paint.js";
import { bytesText, countText } from "./words.js";

/** `push` for people: where it is, what was or would be sent, and what is wrong with the checkpoint. */
export function pushText({ push, result, leftOut }: PushReport, dryRun: boolean, view: View): string {
  const worth = result.findings.filter(({ severity }) => severity !== "info");
  const own = [...pushLines(push, dryRun, view), ...leftOutLines(leftOut, view)];
  const parts = [own, findingLines(worth, view)];
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
  const sent = dryRun ? push.files.filter(({ way }) => way === "send") : [];
  const removed = push.files.filter(({ way }) => way === "delete");
  return [
    paint("strong", headline(push, dryRun)),
    columns(HEAD, rows, width),
    ...removed.map(({ path }) => `    ${escapeText(path)}`),
    ...sentLines(sent, width),
    ...requests,
  ];
}

/** Before anything becomes public one wants to see what it is. */
function sentLines(sent: readonly PushedFile[], width: number): string[] {
  if (sent.length === 0) return [];
  const rows = sent
    .slice(0, MOST_NAMES)
    .map(({ path, bytes }) => [`  ${escapeText(path)}`, "", bytesText(bytes)]);
  const more = sent.length > MOST_NAMES ? [`  and ${countText(sent.length - MOST_NAMES, "file")} more`] : [];
  return ["To be uploaded:", columns(HEAD, rows, width), ...more];
}

const MOST_NAMES = 40;

function leftOutLines(paths: readonly string[], { width }: View): string[] {
  if (paths.length === 0) return [];
  const names = paths.slice(0, MOST_LEFT_OUT).map(escapeText).join(", ");
  const more = paths.length > MOST_LEFT_OUT ? ` and ${paths.length - MOST_LEFT_OUT} more` : "";
  return hanging("  left out, since hidden files may hold secrets: ", names + more, width);
}

const MOST_LEFT_OUT = 10;

const WAYS: readonly (readonly [Way, string])[] = [
  ["send", "uploaded"],
  ["copy", "copied by the Hub"],
  ["refer", "already in the repository"],
  ["same", "as they were"],
  // Last: names follow it.
  ["delete", "removed"],
];

const HEAD = [{ title: "" }, { title: "", align: "right" as const }, { title: "", align: "right" as const }];

function headline(push: PushFacts, dryRun: boolean): string {
  const { url, commit, visibility, pullRequest, files } = push;
  const shown = escapeText(url);
  if (files.every(({ way }) => way === "same")) return `Nothing to push, all is there: ${shown}`;
  const made = visibility === null ? "" : `a new ${visibility} repository `;
  if (dryRun) return `Would push (dry run) to ${made}${shown}`;
  const what = pullRequest === null ? `Pushed commit ${commit?.slice(0, 12)}` : "Opened a pull request";
  return `${what}: ${made}${shown}`;
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
