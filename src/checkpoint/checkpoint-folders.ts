import { dataRefusal } from "../errors.js";
import { SIDECARS } from "../scales/sidecars/sidecars.js";
import type { SourceFile } from "./source.js";

/**
 * A folder of checkpoints is not one: its shards would be taken together, and no engine looks below the top. Nor is an empty
 * folder, which a download that failed leaves behind. Throws a data Refusal; it names the folders where checkpoints are.
 */
export function refuseFolderOfCheckpoints(label: string, files: readonly SourceFile[]): void {
  if (files.length === 0) throw empty(label);
  if (files.some(({ path }) => isOfCheckpoint(path))) return;
  const folders = files.flatMap(({ path }) => (path.endsWith("/config.json") ? [folderOf(path)] : []));
  const weighted = new Set(
    files.flatMap(({ path }) => (path.endsWith(".safetensors") ? [folderOf(path)] : [])),
  );
  const found = folders.filter((folder) => weighted.has(folder));
  if (found.length === 0) return;
  const names = found.slice(0, MOST_NAMES).join(", ");
  const more = found.length > MOST_NAMES ? ` and ${found.length - MOST_NAMES} more` : "";
  throw dataRefusal("no-checkpoint-here", {
    file: label,
    expected: "config.json or tensors at the top of a checkpoint's directory",
    found: `none there, and ${found.length === 1 ? "a checkpoint" : "checkpoints"} below: ${names}${more}`,
    remedy: "Name one of these folders.",
  });
}

const MOST_NAMES = 5;

function empty(file: string) {
  return dataRefusal("no-checkpoint-here", {
    file,
    expected: "a checkpoint's files",
    found: "none",
    remedy: "Name the checkpoint's directory, or download it again.",
  });
}

/** At the top, and something that engines look for there. */
function isOfCheckpoint(path: string): boolean {
  if (path.includes("/")) return false;
  return (
    path === "config.json" ||
    path.endsWith(".safetensors") ||
    SIDECARS.some(({ fileName }) => fileName === path)
  );
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
