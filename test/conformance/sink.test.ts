import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import type { LinkMode } from "../../src/checkpoint/keeping.js";
import { directorySource } from "../../src/checkpoint/local.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { plannedSource } from "../../src/checkpoint/planned.js";
import type { CheckpointSink } from "../../src/checkpoint/sink.js";
import type { CheckpointSource } from "../../src/checkpoint/source.js";
import type { Plan, Step } from "../../src/plan/plan.js";
import { refusalOf } from "../checkpoint/refusals.js";
import {
  INDEX,
  mergedFiles,
  SCALES,
  SHARD_1,
  SHARD_2,
  sampleFiles,
  samplePlan,
  text,
  writeHubCache,
} from "../checkpoint/sample.js";
import { fingerprint, heardIo, readTree, scratchFolder, writeTree } from "../checkpoint/scratch.js";
import { refusedSteps } from "./refused-steps.js";

interface Setting {
  readonly source: CheckpointSource;
  /** Where the inputs lie, to see that they stay as they are. */
  readonly inputs: string;
  /** The folder that will hold the output `out`. */
  readonly folder: string;
  sink(): Promise<CheckpointSink>;
}

/** Every way of writing, from every kind of source that it can write from; each must behave as the interface says. */
const SETTINGS: Readonly<Record<string, () => Promise<Setting>>> = {
  "auto, from a directory": () => setting("auto", fromDirectory),
  "auto, from a Hub-cache snapshot": () => setting("auto", fromHubCache),
  "auto, from memory": () => setting("auto", fromMemory),
  "copy, from a directory": () => setting("copy", fromDirectory),
  "copy, from memory, without waiting for the disk": () => setting("copy", fromMemory, false),
  "hardlink, from a directory": () => setting("hardlink", fromDirectory),
  "hardlink, from a Hub-cache snapshot": () => setting("hardlink", fromHubCache),
  "symlink, from a directory": () => setting("symlink", fromDirectory),
  "symlink, from a Hub-cache snapshot": () => setting("symlink", fromHubCache),
};

describe.each(Object.entries(SETTINGS))("a directory as a sink: %s", (_, make) => {
  it("makes what the plan says, and only that", async () => {
    const { source, folder, inputs, sink } = await make();
    const before = await fingerprint(inputs);
    await apply(samplePlan(), source, await sink(), heardIo());
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect(await readdir(folder)).toEqual(["out"]);
    expect(await fingerprint(inputs)).toEqual(before);
  });

  it("makes what the planned source shows beforehand", async () => {
    const { source, folder, sink } = await make();
    const planned = plannedSource(samplePlan(), source, "planned");
    const signal = new AbortController().signal;
    await apply(samplePlan(), source, await sink(), heardIo());
    const made = await readTree(join(folder, "out"));
    for (const { path, size } of await planned.list(signal)) {
      expect(await planned.read(path, [[0, size]], signal)).toEqual([made.get(path)]);
    }
  });

  it("shows nothing at the target before it commits", async () => {
    const { source, folder, sink: open } = await make();
    const [sink, io] = [await open(), heardIo()];
    await sink.begin(samplePlan(), source, io);
    await sink.keep(source, SHARD_1, SHARD_1, sampleFiles().get(SHARD_1)!.length, io);
    expect(await readdir(folder)).not.toContain("out");
    await sink.abort();
  });

  it("leaves nothing after an abort, twice, at any point", async () => {
    const { source, folder, inputs, sink: open } = await make();
    const [sink, io] = [await open(), heardIo()];
    const before = await fingerprint(inputs);
    await sink.abort();
    await sink.begin(samplePlan(), source, io);
    await sink.keep(source, SHARD_1, `deep/er/${SHARD_1}`, sampleFiles().get(SHARD_1)!.length, io);
    await sink.write("new.txt", text("new"), io);
    await sink.abort();
    await sink.abort();
    expect(await readdir(folder)).toEqual([]);
    expect(await fingerprint(inputs)).toEqual(before);
  });

  it("keeps the result when it is aborted after the commit", async () => {
    const { source, folder, sink: open } = await make();
    const sink = await open();
    await apply(samplePlan(), source, sink, heardIo());
    await sink.abort();
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
  });

  it.each(Object.entries(refusedSteps()))("refuses %s and leaves nothing", async (_case, [steps, code]) => {
    const { source, folder, inputs, sink } = await make();
    const before = await fingerprint(inputs);
    const plan: Plan = { ...samplePlan(), steps: steps(samplePlan().steps) };
    const refusal = await refusalOf(apply(plan, source, await sink(), heardIo()));
    expect(refusal.code).toMatch(new RegExp(`^(${code})$`));
    expect(await readdir(folder)).toEqual([]);
    expect(await fingerprint(inputs)).toEqual(before);
  });

  it("stops in the middle when it is told to, and leaves nothing", async () => {
    const { source, folder, sink } = await make();
    const io = heardIo();
    const stopping = {
      ...io,
      emit: (event: { type: string }) => (event.type === "file" ? io.stop() : undefined),
    };
    await expect(apply(samplePlan(), source, await sink(), stopping)).rejects.toThrow(/abort/i);
    expect(await readdir(folder)).toEqual([]);
  });

  it("tells the progress of every file to its end", async () => {
    const { source, sink } = await make();
    const io = heardIo();
    await apply(samplePlan(), source, await sink(), io);
    const told = io.events.flatMap((event) => (event.type === "file" ? [event] : []));
    const done = new Map(told.map((event) => [event.path, event]));
    expect([...done.keys()].sort()).toEqual([...mergedFiles().keys()].sort());
    for (const [path, { bytes, total }] of done) expect([path, bytes, total]).toEqual([path, total, total]);
  });

  it("gives files that their owner may change", async () => {
    const { source, folder, sink } = await make();
    await apply(samplePlan(), source, await sink(), heardIo());
    for (const path of ["config.json", INDEX, SCALES, SHARD_2]) {
      expect((await stat(join(folder, "out", path))).mode & 0o600).toBe(0o600);
    }
  });
});

describe("what kept files are", () => {
  it.each([
    ["hardlink", "file", 2],
    ["symlink", "link", 1],
    ["copy", "file", 1],
  ] as const)("%s makes a %s", async (link, kind, links) => {
    const { source, folder, sink } = await setting(link, fromHubCache);
    await apply(samplePlan(), source, await sink(), heardIo());
    const stats = await lstat(join(folder, "out", SHARD_1));
    expect(stats.isSymbolicLink() ? "link" : "file").toBe(kind);
    expect((await stat(join(folder, "out", SHARD_1))).nlink).toBe(links);
  });

  it("copies of read-only blobs may be written, and the blobs still may not", async () => {
    const { source, folder, sink } = await setting("copy", fromHubCache);
    await apply(samplePlan(), source, await sink(), heardIo());
    expect((await stat(join(folder, "out", SHARD_1))).mode & 0o200).toBe(0o200);
    expect((await stat((await source.locate(SHARD_1))!)).mode & 0o222).toBe(0);
  });

  it.each(["hardlink", "symlink", "reflink"] as const)("%s never becomes a copy in silence", async (link) => {
    const { source, folder, sink } = await setting(link, fromMemory);
    const refusal = await refusalOf(apply(samplePlan(), source, await sink(), heardIo()));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "not-on-this-machine"]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("counts what was shared, copied and written", async () => {
    const sizes = (steps: readonly Step[]) =>
      steps.reduce((sum, step) => sum + ("size" in step ? step.size : 0), 0);
    const kept = sizes(samplePlan().steps.filter(({ step }) => step === "keep"));
    const all = [...mergedFiles().values()].reduce((sum, { length }) => sum + length, 0);
    const tallies = await Promise.all(
      (["hardlink", "copy"] as const).map(async (link) => {
        const { source, sink: open } = await setting(link, fromDirectory);
        const sink = await open();
        await apply(samplePlan(), source, sink, heardIo());
        return sink.tally;
      }),
    );
    expect(tallies).toEqual([
      { shared: kept, copied: 0, written: all - kept },
      { shared: 0, copied: kept, written: all - kept },
    ]);
  });
});

type Origin = (inputs: string) => Promise<CheckpointSource>;

async function setting(link: LinkMode, origin: Origin, fsync = true) {
  const inputs = await scratchFolder();
  const folder = await scratchFolder();
  const source = await origin(inputs);
  const target = { path: join(folder, "out"), link, force: false, fsync };
  return { source, inputs, folder, sink: () => localSink(target, [source], heardIo()) };
}

async function fromDirectory(inputs: string): Promise<CheckpointSource> {
  return directorySource(await writeTree(inputs, sampleFiles()));
}

async function fromHubCache(inputs: string): Promise<CheckpointSource> {
  return directorySource(await writeHubCache(inputs, sampleFiles()));
}

async function fromMemory(): Promise<CheckpointSource> {
  return memorySource("memory", sampleFiles());
}
