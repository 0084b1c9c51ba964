import { dataRefusal } from "../errors.js";
import { checkRanges } from "./disk/byte-ranges.js";
import { checkRelativePath, shownPath } from "./relative-path.js";
import type { ByteRange, CheckpointSource, SourceFile } from "./source.js";

/** A checkpoint held in memory: file contents by relative path. For tests, plans and small made-up checkpoints. */
export function memorySource(label: string, files: ReadonlyMap<string, Uint8Array>): CheckpointSource {
  for (const path of files.keys()) checkRelativePath(path, label);
  return {
    label,
    list: async (signal) => {
      signal.throwIfAborted();
      return listed(files);
    },
    read: async (path, ranges, signal) => {
      signal.throwIfAborted();
      return slices(label, path, files.get(path), ranges);
    },
    locate: async () => undefined,
  };
}

function listed(files: ReadonlyMap<string, Uint8Array>): SourceFile[] {
  const all = [...files].map(([path, bytes]) => ({ path, size: bytes.length }));
  return all.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function slices(label: string, path: string, bytes: Uint8Array | undefined, ranges: readonly ByteRange[]) {
  checkRelativePath(path, label);
  const file = shownPath(label, path);
  if (bytes === undefined) {
    throw dataRefusal("file-missing", {
      file,
      expected: "a file of the checkpoint",
      found: "none of that name",
    });
  }
  checkRanges(ranges, bytes.length, file);
  return ranges.map(([begin, end]) => bytes.slice(begin, end));
}
