import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { HubChoices } from "../../../src/checkpoint/hub/open-hub.js";
import { PATIENCE, type Patience } from "../../../src/checkpoint/hub/retry.js";
import { openRef } from "../../../src/checkpoint/open.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import { type FakeHub, startHub } from "../../support/hub/hub.js";
import type { HubSettings } from "../../support/hub/state.js";
import { type HeardIo, heardIo } from "../scratch.js";

/** A hub for one test, closed after it. */
export async function testHub(settings?: HubSettings): Promise<FakeHub> {
  const hub = await startHub(settings);
  closing.push(() => hub.close());
  return hub;
}

/** A server for one test that answers as the listener says; answers its origin. */
export async function testServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A patience that waits for nothing, and remembers for how long it would have. */
export function impatient(): Patience & { readonly slept: number[] } {
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  return { ...PATIENCE, random: () => 0, sleep, slept };
}

/** What opens a repository of this Hub: no cache, no waiting, unless told otherwise. */
export function choicesFor(
  endpoint: string,
  env: NodeJS.ProcessEnv = {},
): HubChoices & { patience: Patience } {
  const surroundings = { HF_ENDPOINT: endpoint, HF_HUB_CACHE: "/nowhere", HF_HOME: "/nowhere", ...env };
  return { env: surroundings, patience: impatient() };
}

/** Opens a repository, and reads all of it by `read`. */
export async function reading<T>(
  endpoint: string,
  read: (source: CheckpointSource, io: HeardIo) => Promise<T>,
  {
    ref = "org/model",
    env = {},
    io = heardIo(),
  }: { ref?: string; env?: NodeJS.ProcessEnv; io?: HeardIo } = {},
): Promise<T> {
  return read(await openRef(ref, io, choicesFor(endpoint, env)), io);
}
