import { type Answer, json, refused } from "../answer.js";
import { bytesContent } from "../content.js";
import {
  commitOf,
  type Exchange,
  objectOf,
  proposableOf,
  readableOf,
  refuse,
  writableOf,
} from "../exchange.js";
import type { Entry, Repository } from "../repository.js";

/** All changes of one commit, or none: newline-delimited JSON, the header first. */
export function commit(exchange: Exchange): Answer {
  const { hub, params, url, body } = exchange;
  const repository = proposableOf(exchange);
  const [first, ...operations] = linesOf(body);
  if (first?.key !== "header") return refused(400, "the header is expected first");
  const { summary, description, parentCommit } = first.value;
  const { revision = "main" } = params;
  const isProposal = url.searchParams.get("create_pr") === "1";
  const head = commitOf(repository, revision);
  if (isStale(repository, head.oid, parentCommit, isProposal)) return refused(412, STALE);
  const base = isProposal && typeof parentCommit === "string" ? commitOf(repository, parentCommit) : head;
  const files = new Map(base.files);
  for (const operation of operations) change(repository, files, operation);
  const branch = isProposal ? `refs/pr/${++repository.pulls}` : revision;
  const title = String(summary);
  const made = repository.commit({
    branch,
    parent: base.oid,
    title,
    description: String(description ?? ""),
    files,
  });
  const web = `${hub.origin}${hub.prefix}/${repository.id}`;
  const pull = isProposal ? { pullRequestUrl: `${web}/discussions/${repository.pulls}` } : {};
  return json({
    success: true,
    commitOid: made.oid,
    commitUrl: `${web}/commit/${made.oid}`,
    hookOutput: "",
    ...pull,
  });
}

/** Objects of one repository become objects of another, in the same region; nothing is visible before a commit. */
export function duplicate(exchange: Exchange): Answer {
  const source = readableOf(exchange);
  const { target, files } = objectOf(exchange.body);
  const name = (target as { name?: unknown } | undefined)?.name;
  if (typeof name !== "string" || !Array.isArray(files)) return refused(400, "target and files are expected");
  const into = writableOf({ ...exchange, params: { repo: name } });
  const failed = files.flatMap(({ xetHash, sha256 }: { xetHash: string; sha256: string }) => {
    const content = source.objects.get(sha256);
    const error = content?.xetHash === xetHash ? undefined : "object not found";
    const far = source.region === into.region ? undefined : "source and target are in different regions";
    if (error === undefined && far === undefined) into.objects.set(sha256, content!);
    return error === undefined && far === undefined ? [] : [{ sha256, error: error ?? far }];
  });
  const succeeded = files.length - failed.length;
  return json({ success: failed.length === 0, processed: files.length, succeeded, failed });
}

interface Line {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

const STALE = "A commit has happened since. Please refresh and try again.";

function isStale(repository: Repository, head: string, parent: unknown, isProposal: boolean): boolean {
  if (typeof parent !== "string") return false;
  return isProposal ? !repository.commits.has(parent) : parent !== head;
}

function linesOf(body: Buffer): Line[] {
  const lines = body.toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => objectOf(Buffer.from(line)) as unknown as Line);
}

function change(repository: Repository, files: Map<string, Entry>, { key, value }: Line): void {
  const path = String(value["path"]);
  const make = CHANGES.get(key);
  if (make === undefined) refuse(400, `unknown key ${key}`);
  if (path.startsWith("/") || path.split("/").includes("..")) refuse(400, `invalid path ${path}`);
  make(repository, files, path, value);
}

type Change = (repository: Repository, files: Map<string, Entry>, path: string, value: Line["value"]) => void;

const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  [
    "file",
    (_, files, path, { content, encoding }) => {
      const bytes = Buffer.from(String(content), encoding === "base64" ? "base64" : "utf8");
      files.set(path, { content: bytesContent(bytes), lfs: false });
    },
  ],
  [
    "lfsFile",
    ({ objects }, files, path, { oid, size }) => {
      const content = objects.get(String(oid));
      if (content === undefined) return refuse(400, `lfs object ${oid} of ${path} was never uploaded`);
      if (size !== undefined && size !== content.size)
        refuse(400, `${path} has ${content.size} bytes, not ${size}`);
      files.set(path, { content, lfs: true });
    },
  ],
  ["deletedFile", (_, files, path) => void (files.delete(path) || refuse(400, `${path} is not there`))],
  [
    "deletedFolder",
    (_, files, path) => {
      for (const name of [...files.keys()]) if (name.startsWith(`${path}/`)) files.delete(name);
    },
  ],
]);
