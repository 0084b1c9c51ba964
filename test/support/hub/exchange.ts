import type { IncomingMessage } from "node:http";
import { type Answer, refused } from "./answer.js";
import type { Trouble } from "./faults.js";
import type { Repository } from "./repository.js";
import type { HubState, User } from "./state.js";

/** One request on its way to a handler. */
export interface Exchange {
  readonly hub: HubState;
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Parts of the path, decoded: repository, revision, path, by the route's names. */
  readonly params: Readonly<Record<string, string>>;
  readonly user: User | undefined;
  readonly trouble: Trouble | undefined;
  readonly body: Buffer;
}

/** Thrown by what a handler asks; answered as it is. */
export class Refused extends Error {
  constructor(readonly answer: Answer) {
    super(`refused with ${answer.status}`);
  }
}

export function refuse(status: number, message: string, code?: string): never {
  throw new Refused(refused(status, message, code));
}

/** The repository of a request, as far as its user may see it: what is private does not exist for others. */
export function repositoryOf({ hub, params, user }: Exchange): Repository {
  const repository = hub.repositories.get(params["repo"]!);
  if (repository !== undefined && (!repository.private || mayWrite(user, repository.id))) return repository;
  return refuse(user === undefined ? 401 : 404, "Repository not found", "RepoNotFound");
}

/** The same, where its files are read. */
export function readableOf(exchange: Exchange): Repository {
  const repository = repositoryOf(exchange);
  const { gatedFor, id } = repository;
  const { user } = exchange;
  if (gatedFor === undefined || mayWrite(user, id) || gatedFor.includes(user?.name ?? "")) return repository;
  const message = `Access to model ${id} is restricted. You must be authenticated and in the authorized list.`;
  return refuse(user === undefined ? 401 : 403, message, "GatedRepo");
}

/** The same, where it is changed. */
export function writableOf(exchange: Exchange): Repository {
  const repository = repositoryOf(exchange);
  const { user } = exchange;
  if (user === undefined) refuse(401, "Invalid username or password.");
  if (mayWrite(user, repository.id) && user.role === "write") return repository;
  return refuse(
    403,
    `You don't have the rights to push to ${repository.id}: token of ${user.name} (${user.role})`,
  );
}

/** Anyone who may read may ask for a change by a pull request. */
export function proposableOf(exchange: Exchange): Repository {
  if (exchange.url.searchParams.get("create_pr") !== "1") return writableOf(exchange);
  if (exchange.user === undefined) refuse(401, "Invalid username or password.");
  if (exchange.user.role !== "write")
    refuse(403, "A token with write access is needed to open a pull request.");
  return repositoryOf(exchange);
}

export function mayWrite(user: User | undefined, id: string): boolean {
  const [namespace = ""] = id.split("/");
  return user !== undefined && (user.name === namespace || user.organisations.includes(namespace));
}

export function commitOf(repository: Repository, revision: string) {
  const commit = repository.find(revision);
  return commit ?? refuse(404, `Invalid rev id: ${revision}`, "RevisionNotFound");
}

export function objectOf(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  return refuse(400, "Invalid JSON body");
}
