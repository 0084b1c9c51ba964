import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";

/** A directory that a checkpoint is read from, and the other places its symbolic links may lead to. */
export interface Root {
  /** Real path. */
  readonly path: string;
  /** Real paths of the folders outside it that hold its files: a Hub cache's `blobs`. */
  readonly stores: readonly string[];
  /** Links may lead anywhere: the caller trusts whoever made them. */
  readonly open: boolean;
}

/** The root at `path`; a Hub-cache snapshot brings its blob stores. Throws what `realpath` throws. */
export async function rootAt(path: string, open: boolean): Promise<Root> {
  const real = await realpath(path);
  const stores = await Promise.all(blobStores(real).map((store) => realpath(store).catch(() => store)));
  return { path: real, stores, open };
}

/** True where a link of this root may lead to the real path `real`. */
export function admits(root: Root, real: string): boolean {
  return root.open || [root.path, ...root.stores].some((folder) => isWithin(folder, real));
}

/** True for `folder` itself and everything below it. Both are real paths. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
}

/**
 * The Hub cache keeps `models--org--name/snapshots/<commit>/f` as links into `models--org--name/blobs`,
 * which since huggingface_hub 2.0 may link on into the store that all repositories share, `<cache>/blobs`.
 */
function blobStores(real: string): string[] {
  const repository = repositoryAbove(real);
  return repository === undefined ? [] : [join(repository, "blobs"), join(dirname(repository), "blobs")];
}

function repositoryAbove(path: string): string | undefined {
  const above = dirname(path);
  if (above === path) return undefined;
  const isSnapshots = basename(above) === "snapshots" && REPOSITORY.test(basename(dirname(above)));
  return isSnapshots ? dirname(above) : repositoryAbove(above);
}

const REPOSITORY = /^(models|datasets|spaces)--./;
