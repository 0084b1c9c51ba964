import type { Remote } from "./push-remote.js";
import type { HubTarget, PushedFile, PushFacts, RequestFacts } from "./push-target.js";
import type { Choice } from "./push-ways.js";
import type { TreeFile } from "./tree.js";

/** Everything decided about a push, before anything is done. */
export interface Decided {
  readonly target: HubTarget;
  readonly remote: Remote;
  readonly choices: readonly Choice[];
  readonly strays: readonly TreeFile[];
}

/** What a push will do, as data: files by the way they take, and the requests that change the Hub. */
export function factsOf({ target, remote, choices, strays }: Decided, endpoint: string): PushFacts {
  const { repository, branch } = target;
  const created = remote.lacks === "repository";
  const kept = choices.map(({ wanted: { path, size }, way }): PushedFile => ({ path, bytes: size, way }));
  const gone = strays.map(({ path, size }): PushedFile => ({ path, bytes: size, way: "delete" }));
  const files = [...kept, ...gone].sort((a, b) => (a.path < b.path ? -1 : 1));
  const suffix = branch === "main" ? "" : `/tree/${encodeURIComponent(branch)}`;
  return {
    repository,
    branch,
    url: `${endpoint}/${repository}${suffix}`,
    created,
    visibility: created ? (target.private ? "private" : "public") : null,
    commit: null,
    pullRequest: null,
    files,
    requests: requestsFor(files, remote),
  };
}

/** True where the result differs from what is there. */
export function isChange({ choices, strays }: Decided): boolean {
  return strays.length > 0 || choices.some(({ way }) => way !== "same");
}

function requestsFor(files: readonly PushedFile[], { lacks }: Remote): RequestFacts[] {
  const sent = files.filter(({ way }) => way === "send");
  const copied = files.some(({ way }) => way === "copy");
  if (files.every(({ way }) => way === "same")) return [];
  const requests: RequestFacts[] = [
    { what: "create repository", count: lacks === "repository" ? 1 : 0, bytes: 0 },
    { what: "create branch", count: lacks === "branch" ? 1 : 0, bytes: 0 },
    { what: "copy objects on the Hub", count: copied ? 1 : 0, bytes: 0 },
    { what: "ask how to upload", count: QUESTIONS * Math.ceil(sent.length / BATCH), bytes: 0 },
    { what: "upload", count: sent.length, bytes: sent.reduce((sum, { bytes }) => sum + bytes, 0) },
    { what: "commit", count: 1, bytes: 0 },
  ];
  return requests.filter(({ count }) => count > 0);
}

/** Whether a file goes beside git, and whether its object is there already. */
const QUESTIONS = 2;

/** Files of one such request of @huggingface/hub 2.17.5. */
const BATCH = 100;
