import { createHash, type Hash } from "node:crypto";
import { environmentRefusal } from "../../errors.js";
import type { TreeFile } from "./tree.js";

/**
 * A running hash of a file's contents as the Hub names them: SHA-256 for what LFS stores, git's SHA-1 of a blob for
 * the rest.
 */
export function contentHash({ sha256, size }: TreeFile): Hash {
  return sha256 === undefined ? createHash("sha1").update(`blob ${size}\0`) : createHash("sha256");
}

/** The hexadecimal digest that the contents must have. */
export function contentName({ sha256, gitOid }: TreeFile): string {
  return sha256 ?? gitOid;
}

/** Throws an environment Refusal unless bytes are the whole contents of the file. */
export function checkContents(file: TreeFile, digest: string, shown: string): void {
  if (digest === contentName(file)) return;
  throw environmentRefusal("wrong-contents", {
    file: shown,
    expected: `contents with the hash ${contentName(file)}, which the Hub lists`,
    found: digest,
    remedy:
      "Run the command again. If this repeats, something between this machine and the Hub changes files.",
  });
}
