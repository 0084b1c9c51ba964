import { lstat, realpath } from "node:fs/promises";
import { dataRefusal } from "../../errors.js";
import { errnoOf, onDisk } from "./failure.js";
import { admits, type Root } from "./root.js";

/**
 * The real path of the file at `at`, links followed. Throws a data Refusal for a link that leaves the root,
 * dangles or runs in a circle, and for a file that is not there.
 */
export async function resolveLink(root: Root, at: string, shown: string): Promise<string> {
  const real = await realTarget(at, shown);
  if (admits(root, real)) return real;
  throw dataRefusal("link-escapes", {
    file: shown,
    expected: "a file or a symbolic link that stays in the checkpoint's directory",
    found: "a symbolic link that leads out of it",
    remedy:
      "If you trust where the link leads, say --follow-links, or put the file itself in its place (`cp -L`).",
  });
}

/** The data Refusal for links that lead in a circle. */
export function linkLoop(file: string) {
  return dataRefusal("link-loop", {
    file,
    expected: "a symbolic link that leads to a file",
    found: "links that lead in a circle",
    remedy: "Remove the link.",
  });
}

async function realTarget(at: string, shown: string): Promise<string> {
  try {
    return await realpath(at);
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === "ELOOP") throw linkLoop(shown);
    if (reason === "ENOENT" || reason === "ENOTDIR") throw await nothingThere(at, shown);
    return onDisk(shown, "a file that can be looked at", () => Promise.reject(error));
  }
}

async function nothingThere(at: string, file: string) {
  const isLink = await lstat(at).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  if (isLink) return dangling(file);
  return dataRefusal("file-missing", {
    file,
    expected: "a file of the checkpoint",
    found: "none of that name",
  });
}

function dangling(file: string) {
  return dataRefusal("link-dangling", {
    file,
    expected: "a symbolic link that leads to a file",
    found: "a link to nothing",
    remedy: "Download the file again, or remove the link. (Pruning a Hub cache leaves such links behind.)",
  });
}
