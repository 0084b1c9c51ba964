import { createHash } from "node:crypto";
import { fieldsOf, type TreeFile } from "./tree.js";

/** What a commit makes of a file: these contents, or nothing. */
export type Expected = Pick<TreeFile, "size"> & { readonly gitOid?: string; readonly sha256?: string };

/** A line of a commit that puts a stored object at a path, without sending it. */
export function objectLine(path: string, sha256: string, size: number): string {
  return JSON.stringify({ key: "lfsFile", value: { path, algo: "sha256", oid: sha256, size } });
}

/** A line of a commit that takes a file away. */
export function deletionLine(path: string): string {
  return JSON.stringify({ key: "deletedFile", value: { path } });
}

/** What the files are after a commit of these lines: each one's contents, or null where it is gone. */
export function expectedOf(lines: readonly string[]): Map<string, Expected | null> {
  const expected = new Map<string, Expected | null>();
  for (const line of lines) {
    const { key, value } = lineOf(line);
    const path = String(value.get("path"));
    if (key === "lfsFile")
      expected.set(path, { size: Number(value.get("size")), sha256: String(value.get("oid")) });
    if (key === "file") expected.set(path, contentsOf(String(value.get("content"))));
    if (key === "deletedFile") expected.set(path, null);
  }
  return expected;
}

/** SHA-1 that git gives to a file's contents. */
export function gitOid(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Paths of `expected` that a commit does not hold as it should. */
export function unlike(expected: ReadonlyMap<string, Expected | null>, files: readonly TreeFile[]): string[] {
  const held = new Map(files.map((file) => [file.path, file]));
  return [...expected].flatMap(([path, file]) => (agrees(file, held.get(path)) ? [] : [path]));
}

function agrees(expected: Expected | null, held: TreeFile | undefined): boolean {
  if (expected === null || held === undefined) return expected === null && held === undefined;
  const same =
    expected.sha256 === undefined ? expected.gitOid === held.gitOid : expected.sha256 === held.sha256;
  return same && expected.size === held.size;
}

function lineOf(line: string): { key: unknown; value: ReadonlyMap<string, unknown> } {
  const fields = fieldsOf(JSON.parse(line));
  return { key: fields.get("key"), value: fieldsOf(fields.get("value")) };
}

function contentsOf(base64: string): Expected {
  const bytes = Buffer.from(base64, "base64");
  return { size: bytes.length, gitOid: gitOid(bytes) };
}
