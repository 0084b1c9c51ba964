import { openHubSink } from "../../src/checkpoint/hub/open-sink.js";
import type { HubTarget } from "../../src/checkpoint/hub/push-target.js";
import { openRef } from "../../src/checkpoint/open.js";
import { type Deps, localDeps } from "../../src/operations/deps.js";
import type { Pushing } from "../../src/operations/publish.js";
import type { Writing } from "../../src/operations/write.js";
import { modelCard } from "../../src/report/push-card.js";
import { envOf, hasty, target } from "../checkpoint/hub/publishing.js";
import type { FakeHub } from "../support/hub/hub.js";
import { writing } from "./desk.js";

/** The seams of an operation whose Hub is a fake one. */
export function depsOn(hub: FakeHub): Deps {
  const around = { env: envOf(hub), patience: hasty() };
  return { ...localDeps, open: (ref, io) => openRef(ref, io, around), hub: (to) => openHubSink(to, around) };
}

/** A push with a model card. */
export function pushing(other: Partial<HubTarget> = {}): Pushing {
  return { target: target(other), card: modelCard() };
}

/** How a command writes to the Hub instead of a directory. */
export function writingTo(other: Partial<HubTarget> = {}): Writing {
  const push = pushing(other);
  return writing(push.target.repository, { push, dryRun: push.target.dryRun });
}
