import { isRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { HubClient } from "./client.js";
import type { Wanted } from "./push-wanted.js";
import { fieldsOf } from "./tree.js";

/** What the Hub would not copy, and in its words why. */
export interface NotCopied {
  readonly files: readonly Wanted[];
  readonly reason: string;
}

/**
 * Has the Hub give objects of other repositories to `target`, without a byte of them passing through here
 * (huggingface_hub 2.0.0 `hf_api.py`, lfs-files/duplicate). They are not visible before a commit refers to them.
 */
export async function copyObjects(
  files: readonly Wanted[],
  client: HubClient,
  target: string,
  io: Io,
): Promise<NotCopied> {
  const failures = new Map<string, string>();
  for (const [repository, held] of byRepository(files)) {
    for (const [sha256, why] of await copyFrom(repository, held, client, target, io))
      failures.set(sha256, why);
  }
  const [reason = ""] = failures.values();
  return { files: files.filter(({ held }) => failures.has(held!.sha256!)), reason };
}

/** Files of which a repository has this path. */
async function copyFrom(
  repository: string,
  files: readonly Wanted[],
  client: HubClient,
  target: string,
  io: Io,
): Promise<Map<string, string>> {
  const named = files.map(({ path, held }) => ({
    xetHash: held!.xetHash,
    sha256: held!.sha256,
    filename: path,
  }));
  const body = JSON.stringify({ target: { type: "model", name: target }, files: named });
  const url = `${client.endpoint}/api/models/${repository}/lfs-files/duplicate`;
  const headers = { "content-type": "application/json" };
  try {
    const { value } = await client.json(
      { url, method: "POST", headers, body, about: repository, repository },
      io,
    );
    return failuresIn(value);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (MAY_PASS.has(error.code)) throw error.advised(LATER);
    return new Map(files.map(({ held }) => [held!.sha256!, error.message]));
  }
}

/** Trouble that is over some time later: no reason to send hundreds of gigabytes now. */
const MAY_PASS: ReadonlySet<string> = new Set([
  "rate-limited",
  "hub-error",
  "hub-unreachable",
  "hub-stalled",
  "token-refused",
]);

const LATER = "The Hub was asked to copy the weights; `--server-copy never` uploads them instead. ";

function failuresIn(answer: unknown): Map<string, string> {
  const failed = fieldsOf(answer).get("failed");
  if (!Array.isArray(failed)) return new Map();
  const entries = failed.map((entry: unknown) => fieldsOf(entry));
  return new Map(
    entries.map((fields) => [String(fields.get("sha256")), String(fields.get("error") ?? "no reason")]),
  );
}

function byRepository(files: readonly Wanted[]): Map<string, Wanted[]> {
  const found = new Map<string, Wanted[]>();
  for (const file of files) {
    const { repository } = file.held!.place;
    found.set(repository, [...(found.get(repository) ?? []), file]);
  }
  return found;
}
