import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hubCacheFolder, parseHubName } from "../../src/checkpoint/hub-cache.js";
import { openRef } from "../../src/checkpoint/open.js";
import { refusalOf } from "./refusals.js";
import { COMMIT, REPOSITORY, SHARD_1, sampleFiles, writeHubCache } from "./sample.js";
import { heardIo, scratchFolder, writeTree } from "./scratch.js";

const io = heardIo();

describe("openRef", () => {
  it.each(["", "/", "/."])("opens a directory written with %j behind it", async (tail) => {
    const folder = await writeTree(await scratchFolder(), sampleFiles());
    const source = await openRef(folder + tail, io);
    expect([source.label, source.root]).toEqual([folder + tail, folder]);
  });

  it.each(["model.safetensors", "scales.JSON", "kv_cache_scales.txt"])(
    "opens the single file %s",
    async (name) => {
      const folder = await scratchFolder();
      await writeFile(join(folder, name), "{}");
      const source = await openRef(join(folder, name), io);
      expect(await source.list(io.signal)).toEqual([{ path: name, size: 2 }]);
    },
  );

  it.each(["model.bin", "model", "model.gguf"])(
    "refuses the file %s, and says what would do",
    async (name) => {
      const folder = await scratchFolder();
      await writeFile(join(folder, name), "{}");
      const refusal = await refusalOf(openRef(join(folder, name), io));
      expect([refusal.exit, refusal.code]).toEqual(["data", "unknown-file-type"]);
      expect(refusal.message).toContain(".safetensors");
    },
  );

  it("refuses a FIFO at once", async () => {
    const pipe = join(await scratchFolder(), "x.safetensors");
    execFileSync("mkfifo", [pipe]);
    expect((await refusalOf(openRef(pipe, io))).code).toBe("not-a-file");
  });

  it.each([
    ["", "usage", "bad-reference"],
    ["a\0b", "usage", "bad-reference"],
    ["./no/such/place", "environment", "not-found"],
    ["no-such-place", "environment", "not-found"],
    ["hf://", "environment", "not-found"],
    ["hf://org", "environment", "not-found"],
    ["package.json/x", "environment", "not-in-hub-cache"],
    ["x".repeat(5000), "environment", "name-too-long"],
  ])("refuses %j", async (ref, exit, code) => {
    const refusal = await refusalOf(
      openRef(ref, io, { env: { HF_HUB_CACHE: "/nowhere", HF_HUB_OFFLINE: "1" } }),
    );
    expect([refusal.exit, refusal.code]).toEqual([exit, code]);
    expect(refusal.remedy ?? refusal.code).toBeTruthy();
  });

  it("names what a missing path may have been meant for", async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, "Llama-3-8B-FP8"));
    await mkdir(join(folder, "Llama-3-8B"));
    const near = (ref: string) => refusalOf(openRef(join(folder, ref), io)).then((refusal) => refusal.remedy);
    expect(await near("Llama-3-8B-FP9")).toContain(`${folder}/Llama-3-8B-FP8`);
    expect(await near("llama-3-8b-fp8/model.safetensors")).toContain(`${folder}/Llama-3-8B-FP8`);
    expect(await near("mistral")).toBe("Check the path.");
  });

  it("stops when it is told to", async () => {
    const stopped = heardIo();
    stopped.stop();
    await expect(openRef(".", stopped)).rejects.toThrow(/abort/i);
  });
});

describe("the Hub cache", () => {
  it.each(["org/name", "org/name@main", `org/name@${COMMIT}`, "hf://org/name", `hf://org/name@${COMMIT}`])(
    "opens %s",
    async (ref) => {
      const cache = await scratchFolder();
      const snapshot = await writeHubCache(cache, sampleFiles());
      const source = await openRef(ref, io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } });
      expect([source.label, source.root]).toEqual([ref, snapshot]);
    },
  );

  it("opens a revision with slashes", async () => {
    const cache = await scratchFolder();
    const snapshot = await writeHubCache(cache, sampleFiles());
    await mkdir(join(cache, REPOSITORY, "refs/refs/pr"), { recursive: true });
    await writeFile(join(cache, REPOSITORY, "refs/refs/pr/3"), `${COMMIT}\n`);
    expect(
      (await openRef("org/name@refs/pr/3", io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } })).root,
    ).toBe(snapshot);
  });

  it("prefers a directory of that name; hf:// does not", async () => {
    const cache = await scratchFolder();
    const snapshot = await writeHubCache(cache, sampleFiles());
    const work = await scratchFolder();
    await writeTree(join(work, "org/name"), sampleFiles());
    const before = process.cwd();
    process.chdir(work);
    try {
      expect(
        (await openRef("org/name", io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } })).root,
      ).toBe(join(work, "org/name"));
      expect(
        (await openRef("hf://org/name", io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } })).root,
      ).toBe(snapshot);
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    ["other/name", "hf download other/name`"],
    ["org/name@v2", "hf download org/name --revision v2`"],
    ["hf://org/name@../../x", "hf download org/name"],
    ["org/name@a/../../../x", "hf download org/name"],
  ])("says how to download %s, which it does not hold", async (ref, command) => {
    const cache = await scratchFolder();
    await writeHubCache(cache, sampleFiles());
    const refusal = await refusalOf(openRef(ref, io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } }));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "not-in-hub-cache"]);
    expect(refusal.message).toContain(cache);
    expect(refusal.remedy).toContain(command);
  });

  it("does not look for a revision outside the refs", async () => {
    const cache = await scratchFolder();
    await writeHubCache(cache, sampleFiles());
    await writeFile(join(cache, REPOSITORY, "evil"), COMMIT);
    const refusal = await refusalOf(
      openRef("org/name@../evil", io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } }),
    );
    expect(refusal.code).toBe("not-in-hub-cache");
  });

  it("does not follow a ref that holds a path", async () => {
    const cache = await scratchFolder();
    await writeHubCache(cache, sampleFiles());
    await writeTree(join(cache, REPOSITORY, "elsewhere"), sampleFiles());
    await writeFile(join(cache, REPOSITORY, "refs/evil"), "../elsewhere");
    const refusal = await refusalOf(
      openRef("org/name@evil", io, { env: { HF_HUB_CACHE: cache, HF_HUB_OFFLINE: "1" } }),
    );
    expect(refusal.code).toBe("not-in-hub-cache");
  });

  it("takes a repository folder's main, or its only snapshot, and asks when there are several", async () => {
    const cache = await scratchFolder();
    const snapshot = await writeHubCache(cache, sampleFiles());
    const folder = join(cache, REPOSITORY);
    expect((await openRef(folder, io)).root).toBe(snapshot);
    await rm(join(folder, "refs"), { recursive: true });
    expect((await openRef(folder, io)).root).toBe(snapshot);
    await mkdir(join(folder, "snapshots/second"));
    const refusal = await refusalOf(openRef(folder, io));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "snapshot-undecided"]);
    expect(refusal.message).toContain("second");
  });

  it("opens a snapshot and a file of it by their own paths", async () => {
    const snapshot = await writeHubCache(await scratchFolder(), sampleFiles(), true);
    expect(await (await openRef(snapshot, io)).list(io.signal)).toHaveLength(sampleFiles().size);
    expect(await (await openRef(join(snapshot, SHARD_1), io)).list(io.signal)).toHaveLength(1);
  });

  it("works when the cache itself is a link", async () => {
    const outer = await scratchFolder();
    await writeHubCache(join(outer, "real"), sampleFiles(), true);
    await symlink("real", join(outer, "cache"));
    const source = await openRef("org/name", io, {
      env: { HF_HUB_CACHE: join(outer, "cache"), HF_HUB_OFFLINE: "1" },
    });
    expect(await source.list(io.signal)).toHaveLength(sampleFiles().size);
  });

  it.each([
    [{ HF_HUB_CACHE: "/a", HF_HOME: "/b" }, "/a"],
    [{ HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/b" }, "/old"],
    [{ HF_HOME: "/b", XDG_CACHE_HOME: "/c" }, "/b/hub"],
    [{ XDG_CACHE_HOME: "/c" }, "/c/huggingface/hub"],
    [{ HF_HOME: "~/hf" }, join(homedir(), "hf/hub")],
    [{ HF_HUB_CACHE: "" }, join(homedir(), ".cache/huggingface/hub")],
    [{}, join(homedir(), ".cache/huggingface/hub")],
  ])("is found by %j", (env, folder) => {
    expect(hubCacheFolder(env)).toBe(folder);
  });

  it.each([
    ["org/name", { repository: "org/name" }],
    ["hf://org/na.me-1_2@v1", { repository: "org/na.me-1_2", revision: "v1" }],
    ["org/name@a@b", { repository: "org/name", revision: "a@b" }],
    ["./org/name", undefined],
    ["../name", undefined],
    ["org/../name", undefined],
    ["org/name/file", undefined],
    ["name", undefined],
    ["/org/name", undefined],
    ["org/name@", undefined],
  ])("reads the name %j", (ref, name) => {
    expect(parseHubName(ref)).toEqual(name);
  });
});
