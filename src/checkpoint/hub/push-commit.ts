import { environmentRefusal, isRefusal, type Refusal } from "../../errors.js";
import type { HubClient } from "./client.js";
import { type PushParts, type Send, sendOnce } from "./push-fetch.js";
import { type Expected, expectedOf, unlike } from "./push-lines.js";
import type { HubTarget } from "./push-target.js";
import { Passing, retrying } from "./retry.js";
import { listTree, resolveRevision } from "./tree.js";

/** A commit on its way. */
export interface Committing {
  readonly parts: PushParts;
  readonly client: HubClient;
  readonly target: HubTarget;
  /** The commit that the branch was at when it was looked at. */
  readonly parent: string;
  /** Lines that the library does not write: objects that are there already, files that leave. */
  readonly lines: readonly string[];
}

/**
 * Sends the one request that changes a branch. It is not interrupted once it is on its way: it takes a moment, and
 * only its answer says what has become of the branch. Where no answer comes, the branch is looked at before another
 * try, so that nothing is committed twice. Throws an environment Refusal where the branch has moved.
 */
export function commitSender(
  committing: Committing,
  tell: (expected: Map<string, Expected | null>) => void,
): Send {
  const { parts } = committing;
  return async (url, init) => {
    const { signal: _, ...rest } = init;
    const body = [String(init.body), ...committing.lines].join("\n");
    const expected = expectedOf(body.split("\n"));
    tell(expected);
    const tries: Tries = { unanswered: false };
    const once = () => attempt(committing, url, { ...rest, body }, expected, tries);
    return retrying(once, parts.patience, parts.io);
  };
}

/** What the tries so far leave open. */
interface Tries {
  /** One of them got no answer, and may yet have arrived. */
  unanswered: boolean;
}

async function attempt(
  committing: Committing,
  url: string,
  init: RequestInit,
  expected: ReadonlyMap<string, Expected | null>,
  tries: Tries,
): Promise<Response> {
  const { parts, target } = committing;
  const unstoppable = { ...parts, io: { ...parts.io, signal: new AbortController().signal } };
  const outcome = await sendOnce(unstoppable, url, init).catch((error: unknown) => {
    if (error instanceof Passing && !SAID_NO.has(error.refusal.code)) return error;
    throw error;
  });
  if (outcome instanceof Passing) {
    tries.unanswered = true;
    return afterSilence(committing, outcome, expected);
  }
  if (outcome.status !== 412) return outcome;
  const refusal = moved(target, "another commit since it was looked at");
  if (tries.unanswered) return afterSilence(committing, new Passing(refusal), expected);
  throw refusal;
}

/** Answers that say that nothing was done. */
const SAID_NO = new Set(["rate-limited"]);

/** No answer came: the commit was made, or it was not. */
async function afterSilence(
  { client, target, parent, parts }: Committing,
  failure: Passing,
  expected: ReadonlyMap<string, Expected | null>,
): Promise<Response> {
  if (target.pullRequest) throw unknownOutcome(target, failure.refusal);
  const repository = { id: target.repository, label: target.repository };
  const head = await resolveRevision(client, repository, target.branch, parts.io);
  if (head === parent) throw failure;
  const different = unlike(expected, await listTree(client, repository, head, parts.io));
  if (different.length > 0) throw moved(target, "another commit since it was looked at");
  return new Response(JSON.stringify({ commitOid: head }), { status: 200 });
}

function moved({ repository, branch }: HubTarget, found: string): Refusal {
  return environmentRefusal("branch-changed", {
    file: repository,
    expected: `${branch} as it was when the push began`,
    found,
    remedy: "Nothing was changed. Look at what is there now, then run the command again.",
  });
}

function unknownOutcome({ repository }: HubTarget, cause: Refusal): Refusal {
  return environmentRefusal("commit-unknown", {
    file: repository,
    expected: "an answer to the request for a pull request",
    found: `none: ${isRefusal(cause) ? cause.message : ""}`,
    remedy: "See whether the repository has the pull request; if not, run the command again.",
    cause,
  });
}
