import { type Answer, json } from "../answer.js";
import { pointerOf } from "../content.js";
import { commitOf, type Exchange, objectOf, refuse, repositoryOf } from "../exchange.js";
import { type Commit, type Entry, oidOf, type Repository } from "../repository.js";

/** Files and folders of a revision, by pages. */
export function tree(exchange: Exchange): Answer {
  const repository = repositoryOf(exchange);
  const { revision = "", path = "" } = exchange.params;
  const { searchParams } = exchange.url;
  const commit = commitOf(repository, revision);
  const all = entriesBelow(commit, path, searchParams.get("recursive") === "true");
  if (all.length === 0 && path !== "")
    refuse(404, `${path} does not exist on "${revision}"`, "EntryNotFound");
  const start = Number(searchParams.get("cursor") ?? 0);
  const page = all.slice(start, start + exchange.hub.pageSize);
  const next = start + exchange.hub.pageSize;
  return json(
    page.map((name) => shown(commit, name, searchParams.get("expand") === "true")),
    200,
    next < all.length ? { link: nextPage(exchange, next) } : {},
  );
}

/** Some files and folders of a revision; what is not there is left out. */
export function pathsInfo(exchange: Exchange): Answer {
  const repository: Repository = repositoryOf(exchange);
  const commit = commitOf(repository, exchange.params["revision"]!);
  const { paths, expand } = asked(exchange);
  const known = paths.filter((path) => commit.files.has(path) || isFolder(commit, path));
  return json(known.map((path) => shown(commit, path, expand)));
}

function asked({ body, request }: Exchange): { paths: string[]; expand: boolean } {
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const form = new URLSearchParams(body.toString("utf8"));
    return { paths: form.getAll("paths"), expand: form.get("expand")?.toLowerCase() === "true" };
  }
  const { paths, expand } = objectOf(body);
  if (!Array.isArray(paths)) refuse(400, "paths must be an array");
  return { paths: paths.map(String), expand: expand === true };
}

function nextPage({ hub, url }: Exchange, cursor: number): string {
  const next = new URL(url);
  next.searchParams.set("cursor", String(cursor));
  return `<${hub.origin}${hub.prefix}${next.pathname}${next.search}>; rel="next"`;
}

function entriesBelow({ files }: Commit, folder: string, recursive: boolean): string[] {
  const below = folder === "" ? "" : `${folder}/`;
  const paths = [...files.keys()].filter((path) => path.startsWith(below));
  const names = paths.flatMap((path) => {
    const parts = path.slice(below.length).split("/");
    const folders = parts.slice(0, -1).map((_, at) => below + parts.slice(0, at + 1).join("/"));
    return recursive ? [...folders, path] : [folders[0] ?? path];
  });
  return [...new Set(names)].sort();
}

function isFolder({ files }: Commit, path: string): boolean {
  return [...files.keys()].some((file) => file.startsWith(`${path}/`));
}

function shown(commit: Commit, path: string, expand: boolean): object {
  const entry = commit.files.get(path);
  if (entry === undefined) return { type: "directory", oid: "0".repeat(40), size: 0, path };
  const last = { lastCommit: { id: commit.oid, title: commit.title, date: "2026-01-01T00:00:00.000Z" } };
  return {
    type: "file",
    oid: oidOf(entry),
    size: entry.content.size,
    path,
    ...large(entry),
    ...(expand ? last : {}),
  };
}

function large({ content, lfs }: Entry): object {
  if (!lfs) return {};
  const { sha256, size, xetHash } = content;
  return { lfs: { oid: sha256, size, pointerSize: pointerOf(content).length }, xetHash };
}
