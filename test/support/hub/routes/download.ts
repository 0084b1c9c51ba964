import { type Answer, file, redirect, refused } from "../answer.js";
import { bytesContent, pointerOf } from "../content.js";
import { commitOf, type Exchange, readableOf, refuse } from "../exchange.js";
import { type Entry, oidOf } from "../repository.js";

/** A file: small ones at once, large ones by way of the second origin. */
export function resolve(exchange: Exchange): Answer {
  const { hub, params, request } = exchange;
  const { entry, commit } = entryOf(exchange);
  const { content, lfs } = entry;
  const headers = { "x-repo-commit": commit };
  if (!lfs) return ranged(exchange, entry, { ...headers, etag: `"${oidOf(entry)}"` });
  const linked = { "x-linked-size": String(content.size), "x-linked-etag": `"${content.sha256}"` };
  const place = `${hub.objectOrigin}/objects/${params["repo"]}/${content.sha256}?signature=x`;
  const etag = `"${oidOf(entry)}"`;
  const all = { ...headers, ...linked, etag };
  return request.method === "HEAD"
    ? redirect(place, { ...all, "content-length": "0" })
    : redirect(place, all);
}

/** What git holds: the pointer of a large file. */
export function raw(exchange: Exchange): Answer {
  const { entry, commit } = entryOf(exchange);
  const content = entry.lfs ? bytesContent(pointerOf(entry.content)) : entry.content;
  const headers = { "x-repo-commit": commit, etag: `"${oidOf(entry)}"` };
  return file(content, exchange.request.headers.range, headers);
}

/** An object at the second origin, whose links are signed: it takes no other credentials. */
export function object(exchange: Exchange): Answer {
  const { hub, params } = exchange;
  const content = hub.repositories.get(params["repo"]!)?.objects.get(params["oid"]!);
  if (content === undefined) return refused(404, "NoSuchKey");
  return ranged(exchange, { content, lfs: true }, { etag: `"${content.sha256}"` });
}

function ranged({ trouble, request }: Exchange, { content }: Entry, headers: Record<string, string>): Answer {
  const answer = file(
    content,
    trouble?.kind === "ignored-range" ? undefined : request.headers.range,
    headers,
  );
  if (trouble?.kind === "changed-etag")
    return { ...answer, headers: { ...answer.headers, etag: '"changed"' } };
  if (trouble?.kind !== "wrong-content-range") return answer;
  return { ...answer, headers: { ...answer.headers, "content-range": `bytes 1-2/${content.size}` } };
}

function entryOf(exchange: Exchange): { entry: Entry; commit: string } {
  const repository = readableOf(exchange);
  const { revision = "", path = "" } = exchange.params;
  const commit = commitOf(repository, revision);
  const entry = commit.files.get(path);
  return entry === undefined
    ? refuse(404, "Entry not found", "EntryNotFound")
    : { entry, commit: commit.oid };
}
