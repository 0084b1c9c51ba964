import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directorySource } from "../../src/checkpoint/local.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { openRef } from "../../src/checkpoint/open.js";
import { plannedSource } from "../../src/checkpoint/planned.js";
import { readShards } from "../../src/checkpoint/read-shards.js";
import type { CheckpointSource } from "../../src/checkpoint/source.js";
import { choicesFor, testHub } from "../checkpoint/hub/reading.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { REPOSITORY, SHARD_1, sampleFiles, writeHubCache } from "../checkpoint/sample.js";
import { type Files, heardIo, scratchFolder, writeTree } from "../checkpoint/scratch.js";

/** Every source that a checkpoint can be read from; each must behave as the interface says. */
const SOURCES: Readonly<Record<string, (files: Files) => Promise<CheckpointSource>>> = {
  "a directory": async (files) => directorySource(await writeTree(await scratchFolder(), files)),
  "a Hub-cache snapshot": async (files) => directorySource(await writeHubCache(await scratchFolder(), files)),
  "a Hub-cache snapshot in a shared store": async (files) =>
    directorySource(await writeHubCache(await scratchFolder(), files, true)),
  "a Hub-cache repository": async (files) => {
    const cache = await scratchFolder();
    await writeHubCache(cache, files);
    return openRef(join(cache, REPOSITORY), heardIo());
  },
  "a name in the Hub cache": async (files) => {
    const cache = await scratchFolder();
    await writeHubCache(cache, files);
    return openRef("org/name@main", heardIo(), { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } });
  },
  "a repository on the Hub": async (files) => {
    const hub = await testHub();
    const repository = hub.add("org/name", { files: Object.fromEntries(files) });
    const listed = new Map([...repository.files()].filter(([path]) => files.has(path)));
    repository.commit({ branch: "main", parent: undefined, title: "these alone", files: listed });
    return openRef("org/name", heardIo(), choicesFor(hub.endpoint));
  },
  memory: async (files) => memorySource("memory", files),
  "a plan that keeps everything": async (files) => {
    const steps = [...files].map(([path, { length: size }]) => ({
      step: "keep" as const,
      path,
      as: path,
      size,
    }));
    return plannedSource({ steps, losses: [], warnings: [] }, memorySource("memory", files), "planned");
  },
};

const signal = new AbortController().signal;

describe.each(Object.entries(SOURCES))("%s as a source", (_, open) => {
  const files = sampleFiles();

  it("lists every file with its size, sorted by path", async () => {
    const expected = [...files].map(([path, { length: size }]) => ({ path, size }));
    expected.sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(await (await open(files)).list(signal)).toEqual(expected);
  });

  it("sorts a folder's files among the others by their whole path", async () => {
    const paths = ["a.txt", "a/b.txt", "a0.txt", "b/c.txt"];
    const source = await open(new Map(paths.toReversed().map((path) => [path, new Uint8Array(1)])));
    expect((await source.list(signal)).map(({ path }) => path)).toEqual(paths);
  });

  it("reads exactly the bytes of each range, in the order asked", async () => {
    const source = await open(files);
    const property = fc.asyncProperty(
      fc
        .constantFrom(...files.keys())
        .chain((path) => fc.tuple(fc.constant(path), rangesOf(files.get(path)!.length))),
      async ([path, ranges]) => {
        const read = await source.read(path, ranges, signal);
        expect(read).toEqual(ranges.map(([begin, end]) => files.get(path)!.slice(begin, end)));
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it("gives bytes that are the caller's own between calls", async () => {
    const source = await open(files);
    const [first] = await source.read("config.json", [[0, 5]], signal);
    first!.fill(0);
    expect(await source.read("config.json", [[0, 5]], signal)).toEqual([
      files.get("config.json")!.slice(0, 5),
    ]);
  });

  it.each([
    [24, 25],
    [1000, 2 ** 40],
  ])("refuses the range %i..%i of a file of 24 bytes", async (begin, end) => {
    const source = await open(files);
    expect(files.get("config.json")).toHaveLength(24);
    const refusal = await refusalOf(
      source.read(
        "config.json",
        [
          [0, 1],
          [begin, end],
        ],
        signal,
      ),
    );
    expect([refusal.exit, refusal.code]).toEqual(["data", "file-too-short"]);
    expect(refusal.subject.range).toEqual([begin, end]);
  });

  it.each([
    [-1, 2],
    [3, 2],
    [0.5, 2],
    [0, Number.NaN],
  ])("calls the range %d..%d a bug", async (begin, end) => {
    await expect((await open(files)).read("config.json", [[begin, end]], signal)).rejects.toThrow(RangeError);
  });

  it("refuses a file that is not there", async () => {
    const refusal = await refusalOf((await open(files)).read("no.json", [[0, 1]], signal));
    expect([refusal.exit, refusal.code]).toEqual(["data", "file-missing"]);
  });

  it.each([
    "",
    ".",
    "..",
    "../config.json",
    "original/../config.json",
    "/etc/hostname",
    "a//b",
    "./config.json",
    "a\0b",
  ])("refuses the path %j", async (path) => {
    const refusal = await refusalOf((await open(files)).read(path, [[0, 1]], signal));
    expect([refusal.exit, refusal.code]).toEqual(["data", "path-escapes"]);
  });

  it("stops when it is told to", async () => {
    const source = await open(files);
    const stopped = AbortSignal.abort(new Error("stop"));
    await expect(source.list(stopped)).rejects.toThrow("stop");
    await expect(source.read("config.json", [[0, 1]], stopped)).rejects.toThrow("stop");
  });

  it("locates the file's own bytes, or nothing", async () => {
    const located = await (await open(files)).locate(SHARD_1);
    if (located === undefined) return;
    expect(isAbsolute(located)).toBe(true);
    expect(new Uint8Array(await readFile(located))).toEqual(files.get(SHARD_1));
  });

  it("shows the same shards as memory does", async () => {
    const [here, there] = await Promise.all(
      [await open(files), memorySource("memory", files)].map((source) => readShards(source, signal)),
    );
    expect(here).toEqual(there);
  });
});

function rangesOf(size: number): fc.Arbitrary<[number, number][]> {
  const point = fc.nat({ max: size });
  const range = fc.tuple(point, point).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
  return fc.array(range, { maxLength: 8 });
}
