import { readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { isWithin } from "../disk/root.js";
import { repositoryFolder } from "../hub-cache.js";
import { checkRelativePath } from "../relative-path.js";
import { contentName } from "./contents.js";
import { fieldsOf, type Repository, type TreeFile, treeFile } from "./tree.js";

/** A repository's part of the local Hub cache, at one commit. Only read: its bookkeeping belongs to huggingface_hub. */
export interface CachedCommit {
  /** The whole list of files, where a download left it behind. */
  list(): Promise<TreeFile[] | undefined>;
  /** Real path of a file's contents, where the cache has them: of this commit, of another, or of another repository. */
  find(file: TreeFile): Promise<string | undefined>;
}

/** Looks into the cache folder `cache`; nothing needs to be there. */
export function cachedCommit(cache: string, { id, label }: Repository, commit: string): CachedCommit {
  const folder = repositoryFolder(cache, id);
  return {
    list: async () => {
      const text = await readFile(join(folder, "trees", `${commit}.json`), "utf8").catch(() => undefined);
      return text === undefined ? undefined : treeOf(text, label);
    },
    find: async (file) => {
      for (const place of placesOf(cache, folder, commit, file)) {
        const real = await realFile(place, file.size);
        if (real !== undefined && isWithin(await realpath(cache), real)) return real;
      }
      return undefined;
    },
  };
}

/** Layout of huggingface_hub: `file_download.py`, and since 2.0 `_shared_blobs.py`. */
function* placesOf(cache: string, folder: string, commit: string, file: TreeFile): Generator<string> {
  yield join(folder, "snapshots", commit, file.path);
  yield join(folder, "blobs", contentName(file));
  const { xetHash } = file;
  if (xetHash !== undefined) yield join(cache, "blobs", xetHash.slice(0, 2), xetHash);
}

/** A file of another size is a download that something cut short. */
async function realFile(place: string, size: number): Promise<string | undefined> {
  try {
    const real = await realpath(place);
    const stats = await stat(real);
    return stats.isFile() && stats.size === size ? real : undefined;
  } catch {
    return undefined;
  }
}

/** `_tree_cache.py` of huggingface_hub, format 1. A file that is anything else counts as absent. */
function treeOf(text: string, label: string): TreeFile[] | undefined {
  const document = fieldsOf(parsed(text));
  if (document.get("format_version") !== 1) return undefined;
  const files = [...fieldsOf(document.get("files"))].map(([path, entry]) => {
    const fields = fieldsOf(entry);
    return treeFile(path, fields.get("lfs_size") ?? fields.get("size"), {
      git: fields.get("blob_id"),
      sha256: fields.get("lfs_sha256"),
      xet: fields.get("xet_hash"),
    });
  });
  if (files.length === 0 || files.includes(undefined)) return undefined;
  const whole = files.filter((file) => file !== undefined);
  for (const { path } of whole) checkRelativePath(path, label);
  return whole.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
