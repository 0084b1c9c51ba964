import { createHash } from "node:crypto";
import { type Answer, json, refused } from "../answer.js";
import { bytesContent, type Content, sha256Of } from "../content.js";
import { type Exchange, objectOf, proposableOf, refuse, repositoryOf, writableOf } from "../exchange.js";
import { isLarge, oidOf, type Repository } from "../repository.js";

/** Says of each file whether it goes into git or beside it. */
export function preupload(exchange: Exchange): Answer {
  const repository = proposableOf(exchange);
  const { files } = objectOf(exchange.body);
  if (!Array.isArray(files)) return refused(400, "files must be an array");
  const held = repository.files(exchange.params["revision"]);
  const answers = files.map(({ path, size, sample }: { path: string; size: number; sample: string }) => {
    if (typeof sample !== "string") return refuse(400, "sample must be a string");
    const entry = held.get(path);
    const known = entry === undefined ? {} : { oid: oidOf(entry) };
    return { path, uploadMode: isLarge(path, size) ? "lfs" : "regular", shouldIgnore: false, ...known };
  });
  return json({ files: answers });
}

/** Where to send each object; nothing to do for those that the repository has. */
export function batch(exchange: Exchange): Answer {
  const repository = mayPropose(exchange);
  const { objects, operation, transfers } = objectOf(exchange.body);
  if (operation !== "upload" || !Array.isArray(objects))
    return refused(422, "an upload of objects is expected");
  const multipart = Array.isArray(transfers) && transfers.includes("multipart");
  const answers = objects.map(({ oid, size }: { oid: string; size: number }) => {
    if (!/^[0-9a-f]{64}$/.test(oid)) return { oid, size, error: { code: 422, message: "invalid oid" } };
    const held = repository.objects.get(oid);
    return held?.size === size
      ? { oid, size }
      : { oid, size, actions: actions(exchange, oid, size, multipart) };
  });
  return json({ transfer: "basic", objects: answers }, 200, {
    "content-type": "application/vnd.git-lfs+json",
  });
}

/** Objects may be sent by whoever may open a pull request; only a commit makes them visible. */
function mayPropose(exchange: Exchange): Repository {
  if (exchange.user?.role === "write") return repositoryOf(exchange);
  return writableOf(exchange);
}

function actions({ hub, params }: Exchange, oid: string, size: number, multipart: boolean): object {
  const place = `${hub.objectOrigin}/upload/${params["repo"]}/${oid}`;
  const api = `${hub.origin}${hub.prefix}/api/objects/${params["repo"]}/${oid}`;
  const verify = { href: `${api}/verify` };
  if (size <= hub.partSize || !multipart)
    return { upload: { href: `${place}?signature=x`, header: {} }, verify };
  const count = Math.ceil(size / hub.partSize);
  const parts = Array.from({ length: count }, (_, at) => [
    String(at + 1),
    `${place}?part=${at + 1}&signature=x`,
  ]);
  const header = { chunk_size: String(hub.partSize), ...Object.fromEntries(parts) };
  return { upload: { href: `${api}/complete`, header }, verify };
}

/** A whole object, or one part of it. What was sent must be what was named. */
export function receive({ hub, params, url, body }: Exchange): Answer {
  const { repo = "", oid = "" } = params;
  const part = Number(url.searchParams.get("part") ?? 0);
  if (part > 0) {
    const key = `${repo} ${oid}`;
    hub.parts.set(key, (hub.parts.get(key) ?? new Map()).set(part, body));
    return { status: 200, headers: { etag: `"${md5(body)}"` }, body: new Uint8Array(0) };
  }
  return store(hub.repositories.get(repo), oid, bytesContent(body));
}

/** Puts the parts of an object together. */
export function complete({ hub, params, body }: Exchange): Answer {
  const { repo = "", oid = "" } = params;
  const { parts: named } = objectOf(body);
  const parts = hub.parts.get(`${repo} ${oid}`);
  if (parts === undefined || !Array.isArray(named)) return refused(400, "no such upload");
  const ordered = named.map(({ partNumber, etag }: { partNumber: number; etag: string }) => {
    const held = parts.get(partNumber);
    return held !== undefined && etag === `"${md5(held)}"`
      ? held
      : refuse(400, `part ${partNumber} does not match`);
  });
  hub.parts.delete(`${repo} ${oid}`);
  return store(hub.repositories.get(repo), oid, bytesContent(Buffer.concat(ordered)));
}

export function verify({ hub, params, body }: Exchange): Answer {
  const { oid, size } = objectOf(body);
  const held = hub.repositories.get(params["repo"]!)?.objects.get(String(oid));
  return held?.size === size ? json({}) : refused(404, "object not found");
}

function store(repository: Repository | undefined, oid: string, content: Content): Answer {
  if (repository === undefined) return refused(404, "no such bucket");
  if (content.sha256 !== oid) return refused(400, `the bytes have sha256 ${content.sha256}`);
  repository.objects.set(oid, content);
  return json({}, 200, { etag: `"${sha256Of(Buffer.from(oid)).slice(0, 32)}"` });
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}
