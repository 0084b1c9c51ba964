import { onTestFinished } from "vitest";
import { apply } from "../../../src/checkpoint/apply.js";
import type { HubSink } from "../../../src/checkpoint/hub/hub-sink.js";
import { openHub } from "../../../src/checkpoint/hub/open-hub.js";
import { openHubSink } from "../../../src/checkpoint/hub/open-sink.js";
import type { HubTarget } from "../../../src/checkpoint/hub/push-target.js";
import { PATIENCE, type Patience } from "../../../src/checkpoint/hub/retry.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import type { Io } from "../../../src/events.js";
import type { Plan, Step } from "../../../src/plan/plan.js";
import { type FakeHub, startHub, TOKENS } from "../../support/hub/hub.js";
import type { HubSettings } from "../../support/hub/state.js";

/** A hub that is gone after the test. */
export async function hubForTest(settings?: HubSettings): Promise<FakeHub> {
  const hub = await startHub(settings);
  onTestFinished(() => hub.close());
  return hub;
}

/** Tries again at once, and remembers how long it would have waited. */
export function hasty(waits: number[] = []): Patience {
  return { ...PATIENCE, sleep: async (milliseconds) => void waits.push(milliseconds), random: () => 0 };
}

export function envOf(hub: FakeHub, token: string | undefined = TOKENS.writer): NodeJS.ProcessEnv {
  const none = "/nonexistent/hub";
  return {
    HF_ENDPOINT: hub.endpoint,
    HF_HOME: none,
    HF_HUB_CACHE: none,
    ...(token === undefined ? {} : { HF_TOKEN: token }),
  };
}

/** A push to `org/new` with nothing special about it. */
export function target(other: Partial<HubTarget> = {}): HubTarget {
  return {
    repository: "org/new",
    branch: "main",
    create: true,
    private: false,
    pullRequest: false,
    message: "scales",
    serverCopy: "auto",
    dryRun: false,
    ...other,
  };
}

export function sinkTo(hub: FakeHub, other: Partial<HubTarget> = {}, patience = hasty()): Promise<HubSink> {
  return openHubSink(target(other), { env: envOf(hub), patience });
}

export function sourceOn(hub: FakeHub, repository: string, io: Io): Promise<CheckpointSource> {
  return openHub(repository, { repository }, io, { env: envOf(hub), patience: hasty() });
}

/** All files of a source, as they are. */
export async function keepAll(source: CheckpointSource, io: Io): Promise<Plan> {
  const files = await source.list(io.signal);
  const steps = files.map(({ path, size }): Step => ({ step: "keep", path, as: path, size }));
  return { steps, losses: [], warnings: [] };
}

/** Pushes a plan and answers what was done. */
export async function pushed(
  hub: FakeHub,
  plan: Plan,
  source: CheckpointSource,
  io: Io,
  other: Partial<HubTarget> = {},
) {
  const sink = await sinkTo(hub, other);
  await apply(plan, source, sink, io);
  return sink.facts!;
}

/** The files of a repository's branch as bytes. */
export function filesOn(hub: FakeHub, repository: string, revision = "main"): Map<string, Uint8Array> {
  const files = hub.state.repositories.get(repository)?.files(revision) ?? new Map();
  return new Map(
    [...files].map(([path, { content }]) => [path, new Uint8Array(content.read(0, content.size))]),
  );
}
