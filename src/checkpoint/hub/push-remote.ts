import { environmentRefusal, isRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { HubClient } from "./client.js";
import type { HubTarget } from "./push-target.js";
import { fieldsOf, listTree, resolveRevision, type TreeFile } from "./tree.js";

/** The target as it is before a push. */
export interface Remote {
  /** What stands in the way of a commit, if anything: no repository, or no such branch in it. */
  readonly lacks: "repository" | "branch" | undefined;
  /** The commit that the branch is at, where there is one. */
  readonly commit: string | undefined;
  readonly files: ReadonlyMap<string, TreeFile>;
}

/**
 * Looks at a target without changing it. Throws an environment Refusal for a repository or branch that is not there
 * and may not be made, and where there is no token.
 */
export async function lookAt(client: HubClient, target: HubTarget, io: Io): Promise<Remote> {
  if (client.token === undefined) throw withoutToken(target);
  const repository = { id: target.repository, label: target.repository };
  try {
    const commit = await resolveRevision(client, repository, target.branch, io);
    if (target.private) await refusePublic(client, target, io);
    const files = await listTree(client, repository, commit, io);
    return { lacks: undefined, commit, files: new Map(files.map((file) => [file.path, file])) };
  } catch (error) {
    const lacks = isRefusal(error) ? LACKS.get(error.code) : undefined;
    if (lacks === undefined) throw error;
    if (!target.create || isReserved(target, lacks)) throw notThere(target, lacks);
    if (target.private && lacks === "branch") await refusePublic(client, target, io);
    return { lacks, commit: undefined, files: new Map() };
  }
}

const LACKS: ReadonlyMap<string, "repository" | "branch"> = new Map([
  ["repository-missing", "repository"],
  ["revision-missing", "branch"],
]);

/** Pull requests and the like are no branches that one can make. */
function isReserved({ branch }: HubTarget, lacks: "repository" | "branch"): boolean {
  return lacks === "branch" && branch.startsWith("refs/");
}

/** Whoever says "private" must not find the weights in public because the repository was there already. */
async function refusePublic(client: HubClient, { repository }: HubTarget, io: Io): Promise<void> {
  const url = `${client.endpoint}/api/models/${repository}`;
  const { value } = await client.json({ url, about: repository, repository }, io);
  if (fieldsOf(value).get("private") !== false) return;
  throw environmentRefusal("repository-public", {
    file: repository,
    expected: "a private repository, as --private asks",
    found: "a public one, which was there already",
    remedy: `Leave out --private, or make it private first, at ${client.endpoint}/${repository}/settings.`,
  });
}

function notThere(target: HubTarget, lacks: "repository" | "branch") {
  const { repository, branch } = target;
  return environmentRefusal(lacks === "repository" ? "repository-missing" : "revision-missing", {
    file: repository,
    expected: lacks === "repository" ? "a repository to push to" : `a branch ${branch} to push to`,
    found: "none that the account of this token may see",
    remedy: isReserved(target, lacks)
      ? "Open a pull request with --pr, or name one that is open."
      : "Check the spelling, or make it with --create.",
  });
}

function withoutToken({ repository }: HubTarget) {
  return environmentRefusal("token-missing", {
    file: repository,
    expected: "a token that may write to it",
    found: "none",
    remedy: "Log in with `hf auth login`, or set HF_TOKEN to a token with write permission.",
  });
}
