import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { directorySource } from "../../src/checkpoint/local.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { readShards, readText } from "../../src/checkpoint/read-shards.js";
import { isRefusal } from "../../src/errors.js";
import { refusalOf } from "./refusals.js";
import { INDEX, indexFile, SHARD_1, SHARD_2, sampleFiles, tensorFile, text } from "./sample.js";
import { type Files, scratchFolder, writeTree } from "./scratch.js";

const signal = new AbortController().signal;
const read = (files: Files) => readShards(memorySource("model", files), signal);
const names = ["a.weight", "b.weight"];

afterEach(() => void vi.restoreAllMocks());

describe("readShards", () => {
  it("reads all headers and the index", async () => {
    const set = await read(sampleFiles());
    expect(
      set.shards.map(({ path, indexed, header }) => [path, indexed, [...header.tensors.keys()]]),
    ).toEqual([
      [SHARD_1, true, ["a.weight", "b.weight"]],
      [SHARD_2, true, ["c.weight"]],
    ]);
    expect(set.index?.text).toContain("weight_map");
    expect(set.files).toHaveLength(sampleFiles().size);
  });

  it("reads headers and the index, and not one byte more", async () => {
    const files = sampleFiles().set("big.safetensors", tensorFile({ big: Array<number>(50_000).fill(7) }));
    const source = await directorySource(await writeTree(await scratchFolder(), files));
    const spy = await spyOnReads();
    const { shards } = await readShards(source, signal);
    const headers = shards.reduce((sum, { header }) => sum + header.dataStart, 0);
    expect(await spy.bytes()).toBe(headers + files.get(INDEX)!.length);
    expect(spy.calls()).toBe(2 * shards.length + 1);
  });

  it("tells shards that the index does not name from those that it does", async () => {
    const files = sampleFiles().set("old-scales.safetensors", tensorFile({ "a.weight": [1] }));
    const { shards } = await read(files);
    expect(shards.filter(({ indexed }) => !indexed).map(({ path }) => path)).toEqual([
      "old-scales.safetensors",
    ]);
  });

  it("without an index, counts shards at the top and not those in subfolders", async () => {
    const files = new Map([
      ["model.safetensors", tensorFile({ a: [1] })],
      ["original/model.safetensors", tensorFile({ a: [1] })],
    ]);
    expect((await read(files)).shards.map(({ indexed }) => indexed)).toEqual([true, false]);
  });

  it.each(Object.entries(contradictions()))("refuses %s", async (_case, [files, code, ...words]) => {
    const refusal = await refusalOf(read(files));
    expect([refusal.exit, refusal.code]).toEqual(["data", code]);
    for (const word of words) expect(refusal.message).toContain(word);
  });

  it("refuses a folder of checkpoints before it reads anything, naming them", async () => {
    const shelf = new Map(
      ["one", "two"].flatMap((name) =>
        [...sampleFiles()].map(([path, bytes]): [string, Uint8Array] => [`${name}/${path}`, bytes]),
      ),
    );
    const refusal = await refusalOf(read(shelf));
    expect([refusal.code, refusal.message]).toEqual([
      "no-checkpoint-here",
      expect.stringContaining("none there, and checkpoints below: one, two"),
    ]);
    // Something at the top is a checkpoint that has folders.
    for (const top of ["config.json", "model.safetensors", "kv_cache_scales.json"])
      expect(
        (await read(new Map([...shelf, [top, sampleFiles().get(SHARD_1)!]]))).files.length,
      ).toBeGreaterThan(2);
  });

  it("refuses an empty folder, as a download that failed leaves it", async () => {
    expect((await refusalOf(read(new Map()))).code).toBe("no-checkpoint-here");
  });

  it("awaits all it began before it refuses", async () => {
    const source = memorySource("model", sampleFiles().set(SHARD_1, text("broken")));
    let open = 0;
    const slow = async (...args: Parameters<typeof source.read>) => {
      open += 1;
      await new Promise((done) => setImmediate(done));
      open -= 1;
      return source.read(...args);
    };
    expect(isRefusal(await readShards({ ...source, read: slow }, signal).catch((error) => error))).toBe(true);
    expect(open).toBe(0);
  });

  it("keeps at most sixteen files open at once", async () => {
    const many = Array.from(
      { length: 40 },
      (_, i) => [`s${i}.safetensors`, tensorFile({ [`t${i}`]: [1] })] as const,
    );
    const source = memorySource("model", new Map(many));
    let [now, most] = [0, 0];
    const counted = async (...args: Parameters<typeof source.read>) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return source.read(...args);
    };
    expect((await readShards({ ...source, read: counted }, signal)).shards).toHaveLength(40);
    expect(most).toBe(16);
  });
});

describe("readText", () => {
  const one = (bytes: Uint8Array) => memorySource("model", new Map([["t.json", bytes]]));

  it("keeps a byte-order mark, so that whoever reads on can see it", async () => {
    const bytes = text("\ufeff{}");
    expect(await readText(one(bytes), { path: "t.json", size: bytes.length }, signal)).toBe("\ufeff{}");
  });

  it("refuses what is not UTF-8", async () => {
    const refusal = await refusalOf(readText(one(Uint8Array.of(0xff)), { path: "t.json", size: 1 }, signal));
    expect([refusal.exit, refusal.code]).toEqual(["data", "not-utf8"]);
  });

  it("refuses a size that no text of a checkpoint has, before reading it", async () => {
    const refusal = await refusalOf(readText(one(text("")), { path: "t.json", size: 2 ** 40 }, signal));
    expect([refusal.exit, refusal.code]).toEqual(["data", "text-too-large"]);
  });
});

const REAL = resolve(import.meta.dirname, "../../../shared/data/checkpoints");
const here = existsSync(REAL);

describe.skipIf(!here)(`real checkpoints${here ? "" : " (skipped: not on this machine)"}`, () => {
  const folders = here ? readdirSync(REAL).filter((name) => existsSync(join(REAL, name, "config.json"))) : [];

  it.each(folders)("%s is read whole", async (name) => {
    const { files, shards } = await readShards(await directorySource(join(REAL, name)), signal);
    expect(files.length).toBe(readdirSync(join(REAL, name), { recursive: true }).length);
    for (const { path, header } of shards) {
      const length = Number(readFileSync(join(REAL, name, path)).readBigUInt64LE(0));
      expect(header.dataStart).toBe(8 + length);
      expect(header.tensors.size).toBeGreaterThan(0);
    }
  });
});

/** Checkpoints that contradict themselves: files, code of the refusal, words that it must say. */
function contradictions(): Record<string, [Files, string, ...string[]]> {
  const without = (path: string) => {
    const files = sampleFiles();
    files.delete(path);
    return files;
  };
  const indexed = (shards: Record<string, string[]>) => sampleFiles().set(INDEX, indexFile(shards, 9));
  const index = (words: string) => sampleFiles().set(INDEX, text(words));
  return {
    "a shard missing from disk": [without(SHARD_2), "shard-missing", INDEX, SHARD_2],
    "an index that names a file of another kind": [
      indexed({ [SHARD_1]: names, [SHARD_2]: ["c.weight"], "config.json": ["d"] }),
      "shard-missing",
      "config.json",
    ],
    "an index that names a tensor its shard lacks": [
      indexed({ [SHARD_1]: [...names, "x", "y"], [SHARD_2]: ["c.weight"] }),
      "tensor-missing",
      SHARD_1,
      '"x"',
      "and 1 more",
    ],
    "a tensor that the index lacks": [
      indexed({ [SHARD_1]: ["a.weight"], [SHARD_2]: ["c.weight"] }),
      "tensor-not-indexed",
      '"b.weight"',
    ],
    "a tensor placed in the wrong shard": [
      indexed({ [SHARD_1]: ["a.weight"], [SHARD_2]: ["c.weight", "b.weight"] }),
      "tensor-misplaced",
      '"b.weight"',
    ],
    "a tensor in two indexed shards": [
      sampleFiles().set(SHARD_2, tensorFile({ "c.weight": [1], "a.weight": [1] })),
      "tensor-in-two-shards",
      '"a.weight"',
      SHARD_1,
      SHARD_2,
    ],
    "a tensor in two shards without an index": [
      new Map([
        ["a.safetensors", tensorFile({ x: [1] })],
        ["b.safetensors", tensorFile({ x: [1] })],
      ]),
      "tensor-in-two-shards",
      '"x"',
    ],
    "an index with a path that escapes": [index('{"weight_map": {"a": "../x.safetensors"}}'), "index-path"],
    "an index that is no JSON": [index("<html>"), "index-not-object"],
    "an index that is not UTF-8": [sampleFiles().set(INDEX, Uint8Array.of(0x7b, 0xff)), "not-utf8"],
    "a shard that is an LFS pointer": [
      sampleFiles().set(SHARD_1, text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")),
      "git-lfs-pointer",
    ],
    "a shard of no bytes": [sampleFiles().set(SHARD_1, new Uint8Array(0)), "file-too-small"],
    "a shard cut short": [
      sampleFiles().set(SHARD_1, sampleFiles().get(SHARD_1)!.slice(0, -1)),
      "data-cut-short",
    ],
  };
}

/** Counts what is read from files, at the lowest place that this process has. */
async function spyOnReads() {
  const handle = await open(import.meta.filename, "r");
  const kind = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const spy = vi.spyOn(kind, "read");
  const outcomes = () =>
    Promise.all(spy.mock.results.map(({ value }) => value as Promise<{ bytesRead: number }>));
  return {
    calls: () => spy.mock.calls.length,
    bytes: async () => (await outcomes()).reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}
