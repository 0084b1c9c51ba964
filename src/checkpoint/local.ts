import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { dataRefusal } from "../errors.js";
import { checkRanges, readRanges } from "./disk/byte-ranges.js";
import { onDisk } from "./disk/failure.js";
import { resolveLink } from "./disk/link-target.js";
import { type ListedFile, listFiles } from "./disk/listing.js";
import { notAFile, openRegularFile } from "./disk/regular-file.js";
import { type Root, rootAt } from "./disk/root.js";
import { checkRelativePath, shownPath } from "./relative-path.js";
import type { ByteRange, CheckpointSource, SourceFile } from "./source.js";

/** How the checkpoint is called in messages, and whether its links may lead anywhere (default: no). */
export interface LocalOptions {
  readonly label?: string;
  readonly followLinks?: boolean;
}

/**
 * A checkpoint in a directory: plain, or a Hub-cache snapshot, whose files are links into the cache's blobs.
 * Throws an environment Refusal where the directory cannot be reached.
 */
export async function directorySource(path: string, options: LocalOptions = {}): Promise<CheckpointSource> {
  const label = options.label ?? path;
  const root = await onDisk(label, "a directory", () => rootAt(path, options.followLinks ?? false));
  return new LocalSource(label, root, (signal) => listFiles(root, label, signal));
}

/**
 * A checkpoint of one file, with that file's name as its only path. The file may be a link to anywhere: it was
 * named by the user. Throws an environment Refusal where it cannot be reached.
 */
export async function fileSource(path: string, label: string = path): Promise<CheckpointSource> {
  const folder = await onDisk(label, "a file", () => rootAt(dirname(path), true));
  const only = basename(path);
  return new LocalSource(label, folder, () => listOne(folder, only, label), only);
}

async function listOne(folder: Root, path: string, label: string): Promise<ListedFile[]> {
  const stats = await onDisk(label, "a file that can be looked at", () => stat(join(folder.path, path)));
  if (!stats.isFile()) throw notAFile(label, stats);
  return [{ path, size: stats.size, mtimeMs: stats.mtimeMs }];
}

/** What a file was when it was first seen. */
type Seen = Pick<ListedFile, "size" | "mtimeMs">;

class LocalSource implements CheckpointSource {
  readonly #seen = new Map<string, Seen>();

  readonly root: string;

  constructor(
    readonly label: string,
    private readonly folder: Root,
    private readonly listAll: (signal: AbortSignal) => Promise<ListedFile[]>,
    private readonly only?: string,
  ) {
    this.root = only === undefined ? folder.path : join(folder.path, only);
  }

  async list(signal: AbortSignal): Promise<readonly SourceFile[]> {
    signal.throwIfAborted();
    const files = await this.listAll(signal);
    for (const file of files) this.#expectUnchanged(file.path, file);
    return files.map(({ path, size }) => ({ path, size }));
  }

  async read(
    path: string,
    ranges: readonly ByteRange[],
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    const shown = shownPath(this.label, path);
    const { handle, stats } = await openRegularFile(await this.locate(path), shown);
    try {
      this.#expectUnchanged(path, stats);
      checkRanges(ranges, stats.size, shown);
      return await readRanges(handle, ranges, shown, signal);
    } finally {
      await handle.close();
    }
  }

  async locate(path: string): Promise<string> {
    checkRelativePath(path, this.label);
    const shown = shownPath(this.label, path);
    if (this.only === undefined || this.only === path) {
      return resolveLink(this.folder, join(this.folder.path, path), shown);
    }
    throw dataRefusal("file-missing", {
      file: shown,
      expected: `${this.only} and no other file`,
      found: path,
    });
  }

  /** A file that is rewritten between two reads would mix old and new bytes. */
  #expectUnchanged(path: string, now: Seen): void {
    const before = this.#seen.get(path) ?? now;
    this.#seen.set(path, before);
    if (before.size === now.size && before.mtimeMs === now.mtimeMs) return;
    throw dataRefusal("file-changed", {
      file: shownPath(this.label, path),
      expected: `the ${before.size} bytes that were there when it was first looked at`,
      found: `${now.size} bytes, changed since`,
      remedy: "Wait until whatever writes the file is done, then run the command again.",
    });
  }
}
