import { environmentRefusal, usageRefusal } from "../../errors.js";
import { parseHubName } from "../hub-cache.js";
import { isTrue } from "./env.js";
import { HubSink } from "./hub-sink.js";
import { type HubChoices, hubClient } from "./open-hub.js";
import { fetchFor } from "./proxy.js";
import type { HubTarget } from "./push-target.js";
import { PATIENCE } from "./retry.js";

/** A sink for a repository of the Hub that this environment names. Throws a Refusal where it forbids requests. */
export async function openHubSink(target: HubTarget, choices: HubChoices): Promise<HubSink> {
  const name = parseHubName(target.repository);
  if (name?.repository !== target.repository) throw notARepository(target.repository);
  const { client, settings } = await hubClient(choices);
  if (settings.offline) throw offline(target.repository);
  return new HubSink(target, {
    client,
    settings,
    token: client.token,
    fetch: choices.fetch ?? (await fetchFor(choices.env)),
    patience: choices.patience ?? PATIENCE,
    repository: target.repository,
    io: { emit: () => {}, signal: new AbortController().signal },
    stallAfter: Math.max(settings.stallAfter, LEAST_PATIENCE),
    xet: !isTrue(choices.env["HF_HUB_DISABLE_XET"]),
  });
}

/** Milliseconds. Storage takes its time to confirm a large object, and the Hub a large commit. */
const LEAST_PATIENCE = 60_000;

function notARepository(text: string) {
  return usageRefusal("bad-repository", {
    expected: "a repository of the Hub as org/name",
    found: JSON.stringify(text),
    remedy: "Write org/name alone; name a branch with --branch.",
  });
}

function offline(file: string) {
  return environmentRefusal("offline", {
    file,
    expected: "a network, to write to the Hub",
    found: "HF_HUB_OFFLINE, which forbids requests",
    remedy: "Unset HF_HUB_OFFLINE.",
  });
}
