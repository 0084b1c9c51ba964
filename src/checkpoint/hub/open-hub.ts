import { readdir } from "node:fs/promises";
import { environmentRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import { SIDECARS } from "../../scales/sidecars/sidecars.js";
import { findSnapshot, type HubName, hubCacheFolder, repositoryFolder } from "../hub-cache.js";
import { directorySource } from "../local.js";
import type { CheckpointSource } from "../source.js";
import { findToken } from "./auth.js";
import { isUnreachable } from "./broken.js";
import { cachedCommit } from "./cached.js";
import { HubClient } from "./client.js";
import { type HubSettings, hubSettings, isOffline } from "./env.js";
import { fetchFor } from "./proxy.js";
import { PATIENCE, type Patience } from "./retry.js";
import { HubSource } from "./source.js";
import { listTree, type Repository, resolveRevision } from "./tree.js";

/** What a client is made from; what is left out comes from the environment. */
export interface HubChoices {
  readonly env: NodeJS.ProcessEnv;
  /** Links of a cached snapshot may lead anywhere (default: no). */
  readonly followLinks?: boolean;
  /** Given on the command line. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
  readonly patience?: Patience;
}

/** A client for the Hub of this environment, its token and proxy found. Throws a Refusal for unusable settings. */
export async function hubClient(choices: HubChoices): Promise<{ client: HubClient; settings: HubSettings }> {
  const settings = hubSettings(choices.env);
  const token = await findToken(settings, choices.token);
  const client = new HubClient({
    settings,
    token,
    fetch: choices.fetch ?? (await fetchFor(choices.env)),
    patience: choices.patience ?? PATIENCE,
  });
  return { client, settings };
}

/**
 * A repository of the Hub at one commit: its revision is resolved once, its files are listed once, and every read is
 * of that commit. Where no request may be made, or none gets through, its snapshot in the local cache is opened.
 * Throws an environment Refusal for what cannot be reached, is not there or may not be read.
 */
export async function openHub(
  label: string,
  name: HubName,
  io: Io,
  choices: HubChoices,
): Promise<CheckpointSource> {
  if (isOffline(choices.env)) return openCached(label, name, choices);
  try {
    return await openCommit(label, name, io, choices);
  } catch (error) {
    const snapshot = isUnreachable(error) ? await snapshotOf(name, choices) : undefined;
    if (snapshot === undefined) throw error;
    const message = `the Hub cannot be reached: reading ${label} from the local cache, which may be older`;
    io.emit({ type: "warning", code: "hub-unreachable", message });
    return directorySource(snapshot, { label, followLinks: choices.followLinks ?? false });
  }
}

async function openCommit(label: string, name: HubName, io: Io, choices: HubChoices): Promise<HubSource> {
  const { client, settings } = await hubClient(choices);
  const repository: Repository = { id: name.repository, label };
  const commit = await resolveRevision(client, repository, name.revision ?? "main", io);
  const cached = cachedCommit(settings.cache, repository, commit);
  const files = (await cached.list()) ?? (await listTree(client, repository, commit, io));
  return new HubSource({ client, repository, commit, files, cached }, io.emit);
}

async function openCached(label: string, name: HubName, choices: HubChoices): Promise<CheckpointSource> {
  const snapshot = await snapshotOf(name, choices);
  if (snapshot === undefined) throw notCached(label, name, hubCacheFolder(choices.env));
  return directorySource(snapshot, { label, followLinks: choices.followLinks ?? false });
}

async function snapshotOf(
  { repository, revision }: HubName,
  { env }: HubChoices,
): Promise<string | undefined> {
  const snapshot = await findSnapshot(repositoryFolder(hubCacheFolder(env), repository), revision);
  return snapshot === undefined || (await isConfigAlone(snapshot)) ? undefined : snapshot;
}

/** Libraries that only look at a model leave its config and tokenizer behind: that is no checkpoint. */
async function isConfigAlone(snapshot: string): Promise<boolean> {
  const names = await readdir(snapshot).catch((): string[] => []);
  if (!names.includes("config.json")) return false;
  return !names.some((name) => WEIGHTS.test(name) || SIDECARS.some(({ fileName }) => name === fileName));
}

const WEIGHTS = /\.safetensors(\.index\.json)?$/;

function notCached(label: string, { repository, revision }: HubName, cache: string) {
  const asked = revision === undefined ? "" : ` --revision ${revision}`;
  return environmentRefusal("not-in-hub-cache", {
    file: label,
    expected: `a local path, or a repository that the Hub cache at ${cache} holds, since HF_HUB_OFFLINE forbids requests`,
    found: "neither",
    remedy: `Unset HF_HUB_OFFLINE, or run \`hf download ${repository}${asked}\` where there is a network.`,
  });
}
