import type { Io } from "../../events.js";
import { checkRelativePath } from "../relative-path.js";
import type { HubClient } from "./client.js";
import { unexpectedAnswer } from "./json-answer.js";

/** A file of a repository at one commit. */
export interface TreeFile {
  readonly path: string;
  readonly size: number;
  /** SHA-1 that git gives a small file's contents; of the pointer, where the file is stored by LFS. */
  readonly gitOid: string;
  /** SHA-256 of the contents, for files stored by LFS. */
  readonly sha256?: string;
  readonly xetHash?: string;
}

/** A repository on the Hub, and how the user named it. */
export interface Repository {
  /** `org/name`. */
  readonly id: string;
  readonly label: string;
}

/** The commit (40 hex digits) that a branch, a tag or a part of a commit's name stands for now. */
export async function resolveRevision(
  client: HubClient,
  { id, label }: Repository,
  revision: string,
  io: Io,
): Promise<string> {
  if (isCommit(revision)) return revision;
  const url = `${client.endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
  const { value } = await client.json({ url, about: label, repository: id }, io);
  const sha = fieldsOf(value).get("sha");
  if (isCommit(sha)) return sha;
  throw unexpectedAnswer(label, "the commit of a revision, as 40 hexadecimal digits in `sha`", "none");
}

/**
 * All files of a commit, page after page, sorted by path. Throws a data Refusal for a path that leaves its directory
 * and an environment Refusal for an answer that is no such list.
 */
export async function listTree(
  client: HubClient,
  repository: Repository,
  commit: string,
  io: Io,
): Promise<TreeFile[]> {
  const { id, label } = repository;
  const files = new Map<string, TreeFile>();
  const seen = new Set<string>();
  let next: string | undefined =
    `${client.endpoint}/api/models/${id}/tree/${commit}?recursive=true&expand=false`;
  while (next !== undefined) {
    seen.add(next);
    const page = await client.json({ url: next, about: label, repository: id }, io);
    for (const file of filesOf(page.value, label)) files.set(file.path, file);
    next = nextPage(page.headers, page.url, label);
    if (next !== undefined && seen.has(next))
      throw unexpectedAnswer(label, "pages of a list, each once", "a circle");
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** True for the full name of a commit. */
export function isCommit(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{40}$/.test(text);
}

/** The members of a JSON object, safe against names such as `__proto__`; none for any other value. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

/** A file of a listing in which sizes and hashes have these names. Undefined unless path, size and hash make sense. */
export function treeFile(
  path: unknown,
  size: unknown,
  hashes: { readonly git: unknown; readonly sha256: unknown; readonly xet: unknown },
): TreeFile | undefined {
  if (typeof path !== "string" || typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    return undefined;
  if (!isCommit(hashes.git)) return undefined;
  return {
    path,
    size,
    gitOid: hashes.git,
    ...(isSha256(hashes.sha256) ? { sha256: hashes.sha256 } : {}),
    ...(isSha256(hashes.xet) ? { xetHash: hashes.xet } : {}),
  };
}

function isSha256(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

function filesOf(page: unknown, label: string): TreeFile[] {
  if (!Array.isArray(page)) throw unexpectedAnswer(label, "a list of files", "other JSON");
  return page.flatMap((entry: unknown) => {
    const fields = fieldsOf(entry);
    if (fields.get("type") !== "file") return [];
    const lfs = fieldsOf(fields.get("lfs"));
    const file = treeFile(fields.get("path"), lfs.get("size") ?? fields.get("size"), {
      git: fields.get("oid"),
      sha256: lfs.get("oid"),
      xet: fields.get("xetHash"),
    });
    if (file === undefined)
      throw unexpectedAnswer(label, "a path, a size and a hash for every file", "an entry without");
    checkRelativePath(file.path, label);
    return [file];
  });
}

/** RFC 8288. A next page on another origin would get the token of this one, so it is refused. */
function nextPage(headers: Headers, from: string, label: string): string | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.get("link") ?? "")?.[1];
  if (link === undefined) return undefined;
  const url = URL.canParse(link, from) ? new URL(link, from) : undefined;
  if (url?.origin === new URL(from).origin) return url.href;
  throw unexpectedAnswer(label, "the next page of the list from the same server", "an address elsewhere");
}
