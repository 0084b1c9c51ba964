import { describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { plannedSource } from "../../src/checkpoint/planned.js";
import { readShards } from "../../src/checkpoint/read-shards.js";
import type { CheckpointSink } from "../../src/checkpoint/sink.js";
import type { CheckpointSource } from "../../src/checkpoint/source.js";
import type { Plan } from "../../src/plan/plan.js";
import { filesOn, hubForTest, sinkTo, sourceOn } from "../checkpoint/hub/publishing.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { mergedFiles, SHARD_1, sampleFiles, samplePlan, text } from "../checkpoint/sample.js";
import { heardIo } from "../checkpoint/scratch.js";
import { refusedSteps } from "./refused-steps.js";

interface Setting {
  readonly source: CheckpointSource;
  sink(): Promise<CheckpointSink>;
  /** The target's files; none where there is no repository. */
  there(): Map<string, Uint8Array>;
  /** Requests that changed something since the last time. */
  changes(): number;
}

/** The same interface as of a directory, over a Hub on this machine: with its laws, and a repository for an output. */
const SETTINGS = {
  "a new repository, from memory": () => setting("org/new", true),
  "a new repository, from the Hub": () => setting("org/new", false),
  "the base's own repository": () => setting("org/base", false),
} as const;

/** A wrong total is seen by the reading of a directory's result alone; planned indexes have theirs from the headers. */
const refusedHere = Object.entries(refusedSteps()).filter(([what]) => what !== "an index with a wrong total");

describe.each(Object.entries(SETTINGS))("the Hub as a sink: %s", (_, make) => {
  it("makes what the plan says, and only that", async () => {
    const { source, sink, there } = await make();
    await apply(samplePlan(), source, await sink(), heardIo());
    expect(there()).toEqual(mergedFiles());
  });

  it("makes what the planned source shows beforehand", async () => {
    const { source, sink, there } = await make();
    const planned = plannedSource(samplePlan(), source, "planned");
    const signal = new AbortController().signal;
    await apply(samplePlan(), source, await sink(), heardIo());
    for (const { path, size } of await planned.list(signal))
      expect(await planned.read(path, [[0, size]], signal)).toEqual([there().get(path)]);
  });

  it("shows nothing before it commits, and leaves nothing after an abort, twice, at any point", async () => {
    const { source, sink: open, there, changes } = await make();
    const [sink, io, before] = [await open(), heardIo(), there()];
    await sink.abort();
    await sink.begin(samplePlan(), source, io);
    await sink.keep(source, SHARD_1, `deep/er/${SHARD_1}`, sampleFiles().get(SHARD_1)!.length, io);
    await sink.write("new.txt", text("new"), io);
    expect(there()).toEqual(before);
    await sink.abort();
    await sink.abort();
    expect([there(), changes()]).toEqual([before, 0]);
  });

  it("keeps the result when it is aborted after the commit", async () => {
    const { source, sink: open, there } = await make();
    const sink = await open();
    await apply(samplePlan(), source, sink, heardIo());
    await sink.abort();
    expect(there()).toEqual(mergedFiles());
  });

  it.each(refusedHere)("refuses %s and leaves nothing", async (_case, [steps, code]) => {
    const { source, sink, there, changes } = await make();
    const before = there();
    const plan: Plan = { ...samplePlan(), steps: steps(samplePlan().steps) };
    const refusal = await refusalOf(carriedOut(plan, source, await sink()));
    expect(refusal.code).toMatch(new RegExp(`^(${code})$`));
    expect([there(), changes()]).toEqual([before, 0]);
  });
});

/** As commands do it: a directory is read again before it appears, what goes to the Hub as planned, before it is sent. */
async function carriedOut(plan: Plan, source: CheckpointSource, sink: CheckpointSink): Promise<void> {
  const io = heardIo();
  await sink.begin(plan, source, io);
  await readShards(plannedSource(plan, source, "planned"), io.signal);
  await apply(plan, source, sink, io);
}

async function setting(repository: string, fromMemory: boolean): Promise<Setting> {
  const hub = await hubForTest();
  hub.add("org/base", { files: Object.fromEntries(sampleFiles()) });
  const source = fromMemory
    ? memorySource("memory", sampleFiles())
    : await sourceOn(hub, "org/base", heardIo());
  hub.forget();
  return {
    source,
    sink: () => sinkTo(hub, { repository }),
    there: () => filesOn(hub, repository),
    changes: () => hub.requests().filter(({ method }) => method !== "GET").length,
  };
}
