import { environmentRefusal, isRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { HubClient } from "./client.js";
import type { HubTarget } from "./push-target.js";
import { listTree, resolveRevision, type TreeFile } from "./tree.js";

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
    const files = await listTree(client, repository, commit, io);
    return { lacks: undefined, commit, files: new Map(files.map((file) => [file.path, file])) };
  } catch (error) {
    const lacks = isRefusal(error) ? LACKS.get(error.code) : undefined;
    if (lacks === undefined) throw error;
    if (!target.create) throw notThere(target, lacks);
    return { lacks, commit: undefined, files: new Map() };
  }
}

const LACKS: ReadonlyMap<string, "repository" | "branch"> = new Map([
  ["repository-missing", "repository"],
  ["revision-missing", "branch"],
]);

function notThere({ repository, branch }: HubTarget, lacks: "repository" | "branch") {
  return environmentRefusal(lacks === "repository" ? "repository-missing" : "revision-missing", {
    file: repository,
    expected: lacks === "repository" ? "a repository to push to" : `a branch ${branch} to push to`,
    found: "none that the account of this token may see",
    remedy: `Check the spelling, or make it with --create.`,
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
