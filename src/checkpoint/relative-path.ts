import { sep } from "node:path";
import { dataRefusal } from "../errors.js";

/**
 * Throws a data Refusal unless `path` names a file below its root: relative, `/`-separated, without empty,
 * `.` or `..` parts. Such paths come from an index or a repository, so they are never trusted. `file` says who named it.
 */
export function checkRelativePath(path: string, file?: string): void {
  const wrong = RULES.find(([, breaks]) => breaks(path));
  if (wrong === undefined) return;
  throw dataRefusal("path-escapes", {
    ...(file === undefined ? {} : { file }),
    expected: "a relative path that stays in its directory",
    found: `${JSON.stringify(path)}, which ${wrong[0]}`,
    remedy:
      "Do not use this checkpoint unless you know who made it: such paths are used to reach other files.",
  });
}

/** How a path is shown beside the checkpoint it belongs to. A single file is its own checkpoint. */
export function shownPath(label: string, path: string): string {
  if (label === path || label.endsWith(`/${path}`)) return label;
  return `${label.replace(/\/+$/, "")}/${path}`;
}

const RULES: readonly (readonly [what: string, breaks: (path: string) => boolean])[] = [
  ["is empty", (path) => path === ""],
  ["contains a NUL", (path) => path.includes("\0")],
  ["starts at the root", (path) => path.startsWith("/") || (sep === "\\" && /^[A-Za-z]:/.test(path))],
  ["contains a backslash", (path) => sep === "\\" && path.includes("\\")],
  ["leaves its directory", (path) => path.split("/").includes("..")],
  ['has an empty or "." part', (path) => path.split("/").some((part) => part === "" || part === ".")],
];
