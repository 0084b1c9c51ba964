import type { Answer } from "../answer.js";
import type { Exchange } from "../exchange.js";
import type { Operation } from "../faults.js";
import { createBranch, createRepository, deleteRepository, repositoryInfo, whoAmI } from "./account.js";
import { commit, duplicate } from "./commit.js";
import { object, raw, resolve } from "./download.js";
import { pathsInfo, tree } from "./listing.js";
import { batch, complete, preupload, receive, verify } from "./upload.js";

/** One endpoint. Names in braces are parts of the path: `{repo}` has two, `{path}` any number. */
export interface Route {
  readonly operation: Operation;
  readonly methods: readonly string[];
  readonly pattern: RegExp;
  handle(exchange: Exchange): Answer;
}

/** What a part of a path may be, other than one without a slash. */
const PARTS = new Map([
  ["repo", "[^/]+/[^/]+?"],
  ["path", ".+"],
]);

/** The Hub's own origin. */
export const HUB_ROUTES: readonly Route[] = [
  route("whoami", "GET", "/api/whoami-v2", whoAmI),
  route("create", "POST", "/api/repos/create", createRepository),
  route("delete", "DELETE", "/api/repos/delete", deleteRepository),
  route("tree", "GET", "/api/models/{repo}/tree/{revision}", tree),
  route("tree", "GET", "/api/models/{repo}/tree/{revision}/{path}", tree),
  route("paths-info", "POST", "/api/models/{repo}/paths-info/{revision}", pathsInfo),
  route("preupload", "POST", "/api/models/{repo}/preupload/{revision}", preupload),
  route("commit", "POST", "/api/models/{repo}/commit/{revision}", commit),
  route("branch", "POST", "/api/models/{repo}/branch/{branch}", createBranch),
  route("duplicate", "POST", "/api/models/{repo}/lfs-files/duplicate", duplicate),
  route("info", "GET", "/api/models/{repo}/revision/{revision}", repositoryInfo),
  route("info", "GET", "/api/models/{repo}", repositoryInfo),
  route("verify", "POST", "/api/objects/{repo}/{oid}/verify", verify),
  route("complete", "POST", "/api/objects/{repo}/{oid}/complete", complete),
  route("batch", "POST", "/{repo}.git/info/lfs/objects/batch", batch),
  route("resolve", "GET HEAD", "/{repo}/resolve/{revision}/{path}", resolve),
  route("raw", "GET HEAD", "/{repo}/raw/{revision}/{path}", raw),
];

/** The second origin, where objects lie. */
export const OBJECT_ROUTES: readonly Route[] = [
  route("object", "GET HEAD", "/objects/{repo}/{oid}", object),
  route("upload", "PUT", "/upload/{repo}/{oid}", receive),
];

/** A pattern matches the path as it is sent; a revision is one part of it, its slashes encoded. */
function route(operation: Operation, methods: string, template: string, handle: Route["handle"]): Route {
  const parts = template.replaceAll(".", "\\.").replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const part = PARTS.get(name) ?? "[^/]+";
    return `(?<${name}>${part})`;
  });
  return { operation, methods: methods.split(" "), pattern: new RegExp(`^${parts}$`), handle };
}
