import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { dataRefusal } from "../../errors.js";
import { shownPath } from "../relative-path.js";
import type { SourceFile } from "../source.js";
import { onDisk } from "./failure.js";
import { linkLoop, resolveLink } from "./link-target.js";
import { notAFile } from "./regular-file.js";
import type { Root } from "./root.js";
import { isOurLeftover } from "./staging-name.js";

/** A file as it was when the directory was listed. */
export interface ListedFile extends SourceFile {
  readonly mtimeMs: number;
}

/**
 * All files of a checkpoint directory and its subfolders, links resolved. Throws a data Refusal for a link that
 * leaves the directory, dangles or runs in a circle, and for anything that is neither file nor directory.
 */
export async function listFiles(root: Root, label: string, signal: AbortSignal): Promise<ListedFile[]> {
  const walk: Walk = { root, label, signal, files: [], entries: 0 };
  await visitFolder(walk, { real: root.path, path: "", above: [] });
  return walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** More than any checkpoint has; a safeguard against links that multiply folders. */
const MOST_ENTRIES = 100_000;

interface Walk {
  readonly root: Root;
  readonly label: string;
  readonly signal: AbortSignal;
  readonly files: ListedFile[];
  entries: number;
}

/** A folder being listed: where it really is, its path within the checkpoint, and the folders that led to it. */
interface Folder {
  readonly real: string;
  readonly path: string;
  readonly above: readonly string[];
}

async function visitFolder(walk: Walk, folder: Folder): Promise<void> {
  walk.signal.throwIfAborted();
  const shown = folder.path === "" ? walk.label : shownPath(walk.label, folder.path);
  if (folder.above.includes(folder.real)) throw linkLoop(shown);
  const names = await onDisk(shown, "a directory that can be listed", () => readdir(folder.real));
  for (const name of names) {
    const path = folder.path === "" ? name : `${folder.path}/${name}`;
    if (!isOfNoInterest(path, name)) await visitEntry(walk, folder, name, path);
  }
}

async function visitEntry(walk: Walk, folder: Folder, name: string, path: string): Promise<void> {
  walk.entries += 1;
  if (walk.entries > MOST_ENTRIES) throw tooManyFiles(walk.label);
  const at = join(folder.real, name);
  const shown = shownPath(walk.label, path);
  const stats = await onDisk(shown, "a file that can be looked at", () => lstat(at));
  const real = stats.isSymbolicLink() ? await resolveLink(walk.root, at, shown) : at;
  const behind = stats.isSymbolicLink() ? await onDisk(shown, "a file", () => stat(real)) : stats;
  if (behind.isFile()) walk.files.push({ path, size: behind.size, mtimeMs: behind.mtimeMs });
  else if (!behind.isDirectory() || path.endsWith(".safetensors")) throw notAFile(shown, behind);
  else await visitFolder(walk, { real, path, above: [...folder.above, folder.real] });
}

/** Version control, download bookkeeping, Finder's notes and our own unfinished work are no part of a checkpoint. */
function isOfNoInterest(path: string, name: string): boolean {
  return (
    name === ".git" || name === ".DS_Store" || /(^|\/)\.cache\/huggingface$/.test(path) || isOurLeftover(name)
  );
}

function tooManyFiles(file: string) {
  const expected = `a checkpoint of at most ${MOST_ENTRIES} files`;
  return dataRefusal("too-many-files", {
    file,
    expected,
    found: "more",
    remedy: "Name the checkpoint's own directory.",
  });
}
