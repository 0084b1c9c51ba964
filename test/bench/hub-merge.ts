/**
 * What a merge from Hub to Hub costs: requests and bytes, beside the size of the model. The Hub is the one of the
 * tests, with 50 ms of latency in each answer; of its 70B-shaped repositories only headers and scales exist.
 *
 * usage: npx tsx test/bench/hub-merge.ts
 */
import { openHubSink } from "../../src/checkpoint/hub/open-sink.js";
import { openRef } from "../../src/checkpoint/open.js";
import { localDeps } from "../../src/operations/deps.js";
import { merge } from "../../src/operations/merge.js";
import { modelCard } from "../../src/report/push-card.js";
import { type FakeHub, startHub, TOKENS } from "../support/hub/hub.js";
import { fp8Model, plainModel } from "../support/hub/large-model.js";

const hub = await startHub();
hub.add("org/base", { files: plainModel() });
hub.add("org/fp8", { files: fp8Model() });
hub.state.latency = 50;
const around = { env: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: TOKENS.writer, HF_HOME: "/nonexistent" } };
const io = { emit: () => {}, signal: new AbortController().signal };
const target = {
  repository: "org/new",
  branch: "main",
  create: true,
  private: false,
  pullRequest: false,
} as const;
const more = { message: "scales", serverCopy: "auto", dryRun: false } as const;
const push = { target: { ...target, ...more }, card: modelCard() };
const writing = {
  path: "org/new",
  link: "auto",
  dryRun: false,
  force: false,
  strict: false,
  fsync: false,
  push,
} as const;

const began = performance.now();
await merge({ base: "org/base", from: "org/fp8", writing }, io, {
  ...localDeps,
  open: (ref, told) => openRef(ref, told, around),
  hub: (to) => openHubSink(to, around),
});
console.log(`merged in ${((performance.now() - began) / 1000).toFixed(1)} s, ${weight(hub)} GB by reference`);
console.table(totals(hub));
await hub.close();

function weight({ state }: FakeHub): string {
  const files = [...state.repositories.get("org/new")!.files().values()];
  return (files.reduce((sum, { content }) => sum + content.size, 0) / 1e9).toFixed(1);
}

function totals({ state }: FakeHub): Record<string, { requests: number; sent: number; received: number }> {
  const rows: Record<string, { requests: number; sent: number; received: number }> = {};
  for (const { operation, bytesIn, bytesOut } of state.log) {
    for (const name of [operation, "all"]) {
      const { requests, sent, received } = rows[name] ?? { requests: 0, sent: 0, received: 0 };
      rows[name] = { requests: requests + 1, sent: sent + bytesIn, received: received + bytesOut };
    }
  }
  return rows;
}
