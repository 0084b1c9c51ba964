import type { CommitOperation, CommitOutput } from "@huggingface/hub";
import { environmentRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import { ReadBlob } from "./push-blob.js";
import { type Committing, commitSender } from "./push-commit.js";
import { type PushParts, patientFetch } from "./push-fetch.js";
import type { Expected } from "./push-lines.js";
import type { HubTarget } from "./push-target.js";
import type { Wanted } from "./push-wanted.js";

/** The commit that was made, and what it must hold. */
export interface Committed {
  readonly commit: string;
  readonly pullRequest: string | null;
  readonly expected: ReadonlyMap<string, Expected | null>;
}

/** Makes the repository of a target. One that somebody made meanwhile is as good. */
export async function createRepository(
  { repository, private: isPrivate }: HubTarget,
  parts: PushParts,
): Promise<void> {
  const { createRepo } = await import("@huggingface/hub");
  const fetch = asFetch(tolerant(patientFetch(parts), `${parts.settings.endpoint}/${repository}`));
  await createRepo({
    repo: repository,
    private: isPrivate,
    ...connection(parts),
    accessToken: NO_TOKEN,
    fetch,
  });
}

/** Makes the branch of a target, from main. */
export async function createBranch({ repository, branch }: HubTarget, parts: PushParts): Promise<void> {
  const library = await import("@huggingface/hub");
  const fetch = asFetch(patientFetch(parts));
  await library.createBranch({ repo: repository, branch, ...connection(parts), fetch });
}

/**
 * Sends files and makes the commit, by @huggingface/hub: it asks which files the Hub wants beside git, hashes those,
 * sends what the Hub lacks, whole, by parts or by chunks (Xet), and commits. The lines that it cannot write are added
 * to its last request on the way.
 */
export async function uploadAndCommit(
  files: readonly Wanted[],
  committing: Committing,
  io: Io,
  useXet: boolean,
): Promise<Committed> {
  const { commitIter } = await import("@huggingface/hub");
  const { parts, target, parent } = committing;
  let expected: ReadonlyMap<string, Expected | null> = new Map();
  const plain = patientFetch(parts);
  const last = commitSender(committing, (told) => {
    expected = told;
  });
  const isLast = (url: string) =>
    url.startsWith(`${parts.settings.endpoint}/api/models/${target.repository}/commit/`);
  // An aborted signal is not looked at by the library, only listened to (commit.ts @2.17.5).
  io.signal.throwIfAborted();
  const steps = commitIter({
    repo: target.repository,
    ...connection(parts),
    title: target.message,
    branch: target.branch,
    parentCommit: parent,
    isPullRequest: target.pullRequest,
    operations: files.map((file) => operationOf(file, io)),
    abortSignal: io.signal,
    useXet,
    fetch: asFetch((url, init) => (isLast(url) ? last : plain)(url, init)),
  });
  const { commit, pullRequestUrl } = await outputOf(steps, target, io);
  return { commit: commit.oid, pullRequest: pullRequestUrl ?? null, expected };
}

const PHASES: ReadonlyMap<string, string> = new Map([
  ["preuploading", "asking how to upload"],
  ["uploadingLargeFiles", "uploading"],
  ["committing", "committing"],
]);

async function outputOf(
  steps: AsyncGenerator<{ event: string; phase?: string }, CommitOutput | undefined>,
  { repository }: HubTarget,
  io: Io,
): Promise<CommitOutput> {
  for (;;) {
    const { done, value } = await steps.next();
    if (done === true) return value ?? nothingCommitted(repository);
    const phase = value.event === "phase" ? PHASES.get(value.phase ?? "") : undefined;
    if (phase !== undefined) io.emit({ type: "phase", name: `${phase}: ${repository}` });
  }
}

function operationOf({ path, size, read }: Wanted, io: Io): CommitOperation {
  const heard = (bytes: number) => io.emit({ type: "file", path, bytes, total: size });
  const content = new ReadBlob({ size, heard, read: (range) => read(range, io.signal) });
  return { operation: "addOrUpdate", path, content };
}

/** The library wants a token here; the real one is added to the request, where no error of its can hold it. */
const NO_TOKEN = "hf_";

function connection({ settings }: PushParts) {
  return { hubUrl: settings.endpoint };
}

function asFetch(send: (url: string, init: RequestInit) => Promise<Response>): typeof fetch {
  return (input, init) => send(input instanceof Request ? input.url : String(input), init ?? {});
}

/** "There is one already" becomes the answer that it was made. */
function tolerant(send: (url: string, init: RequestInit) => Promise<Response>, url: string) {
  return async (to: string, init: RequestInit) => {
    const response = await send(to, init);
    return response.status === 409 ? new Response(JSON.stringify({ url, id: "" })) : response;
  };
}

function nothingCommitted(repository: string): never {
  const parts = { file: repository, expected: "a commit of the files sent", found: "none" };
  throw environmentRefusal("unexpected-answer", { ...parts, remedy: "Check HF_ENDPOINT." });
}
