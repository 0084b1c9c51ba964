import { describe, expect, it } from "vitest";
import { apply } from "../../../src/checkpoint/apply.js";
import { memorySource } from "../../../src/checkpoint/memory.js";
import { refusalOf } from "../refusals.js";
import { mergedFiles, SCALES, SHARD_1, sampleFiles, samplePlan } from "../sample.js";
import { heardIo } from "../scratch.js";
import { filesOn, hubForTest, keepAll, pushed, sinkTo, sourceOn } from "./publishing.js";

const sample = () => memorySource("sample", sampleFiles());

describe("a repository as a sink", () => {
  it("makes what the plan says, in one commit", async () => {
    const hub = await hubForTest();
    const facts = await pushed(hub, samplePlan(), sample(), heardIo());
    expect(filesOn(hub, "org/new")).toEqual(mergedFiles());
    expect(hub.requests("commit").length).toBe(1);
    expect(facts.commit).toBe(hub.state.repositories.get("org/new")?.find("main")?.oid);
    expect(facts.url).toBe(`${hub.endpoint}/org/new`);
  });

  it("sends nothing when all is there", async () => {
    const hub = await hubForTest();
    await pushed(hub, samplePlan(), sample(), heardIo());
    hub.forget();
    const facts = await pushed(hub, samplePlan(), sample(), heardIo());
    expect([facts.commit, ...new Set(facts.files.map(({ way }) => way))]).toEqual([null, "same"]);
    expect([...hub.requests("commit"), ...hub.requests("upload")]).toEqual([]);
  });

  it("sends what differs, and no more", async () => {
    const hub = await hubForTest();
    await pushed(hub, await keepAll(sample(), heardIo()), sample(), heardIo());
    hub.forget();
    const facts = await pushed(hub, samplePlan(), sample(), heardIo());
    const sent = facts.files.filter(({ way }) => way === "send").map(({ path }) => path);
    expect(sent).toEqual(["config.json", SCALES, "model.safetensors.index.json"]);
    expect(hub.requests("upload").length).toBe(1);
  });

  it("makes no more requests than it foretells, for a single shard too", async () => {
    const hub = await hubForTest();
    const others = [...sampleFiles()].filter(([path]) => path !== SHARD_1);
    hub.add("org/new", { files: Object.fromEntries(others) });
    const facts = await pushed(hub, await keepAll(sample(), heardIo()), sample(), heardIo());
    const foretold = facts.requests.reduce((sum, { count }) => sum + count, 0);
    expect(hub.requests().filter(({ method }) => method !== "GET").length).toBeLessThanOrEqual(foretold);
    expect(foretold).toBe(4);
  });

  it("tells files of equal size apart by their contents", async () => {
    const hub = await hubForTest();
    const changed = new Map([...sampleFiles()].map(([path, bytes]) => [path, bytes.map((byte) => byte ^ 1)]));
    hub.add("org/new", { files: Object.fromEntries(changed) });
    const facts = await pushed(hub, await keepAll(sample(), heardIo()), sample(), heardIo());
    const same = facts.files.filter(({ way }) => way === "same").map(({ path }) => path);
    expect(same).toEqual(["empty.txt"]);
    expect(filesOn(hub, "org/new")).toEqual(new Map([...sampleFiles()].sort()));
  });

  it("reads the commit back, and refuses to call it done when it holds something else", async () => {
    const hub = await hubForTest();
    const fault = hub.fault({ on: "commit", trouble: { kind: "hold", when: "after" } });
    const pushing = refusalOf(pushed(hub, samplePlan(), sample(), heardIo()));
    await fault.reached;
    const repository = hub.state.repositories.get("org/new")!;
    while (!repository.files().has(SCALES)) await new Promise((resolve) => setTimeout(resolve, 1));
    const made = repository.find("main")!;
    const twisted = new Map(made.files).set(SCALES, made.files.get(SHARD_1)!);
    repository.commits.set(made.oid, { ...made, files: twisted });
    fault.release();
    expect(await pushing).toMatchObject({
      code: "push-not-as-sent",
      message: expect.stringContaining(SCALES),
    });
  });

  it("refers to what the same repository has, under another name too", async () => {
    const hub = await hubForTest();
    hub.add("org/new", { files: Object.fromEntries(sampleFiles()) });
    const io = heardIo();
    const source = await sourceOn(hub, "org/new", io);
    const { steps, ...rest } = samplePlan();
    const renamed = steps.map((step) =>
      step.step === "keep" && step.path === SHARD_1 ? { ...step, as: "renamed.safetensors" } : step,
    );
    const facts = await pushed(hub, { steps: renamed, ...rest }, source, io);
    expect(facts.files.filter(({ way }) => way === "refer").map(({ path }) => path)).toEqual([
      "renamed.safetensors",
    ]);
    expect(facts.files.filter(({ way }) => way === "delete").map(({ path }) => path)).toEqual([
      "empty.txt",
      SHARD_1,
    ]);
    expect(filesOn(hub, "org/new").get("renamed.safetensors")).toEqual(sampleFiles().get(SHARD_1));
  });

  it.each([
    ["auto", "copy", 0, []],
    ["never", "send", 1, [/^\d+ bytes of weights, in 2 files, .* twice, and uploaded: --server-copy never$/]],
  ] as const)("gets objects of other repositories: %s", async (serverCopy, way, uploads, told) => {
    const hub = await hubForTest();
    hub.add("org/base", { files: Object.fromEntries(sampleFiles()) });
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const facts = await pushed(hub, await keepAll(source, io), source, io, { serverCopy });
    const [shard] = facts.files.filter(({ path }) => path === SHARD_1);
    expect(shard?.way).toBe(way);
    expect(hub.requests("upload").length).toBe(2 * uploads);
    expect(warningsOf(io)).toEqual(told.map((words) => ["uploads-weights", expect.stringMatching(words)]));
    expect(filesOn(hub, "org/new")).toEqual(new Map([...sampleFiles()].sort()));
  });

  it("sends what the Hub will not copy, and says so before", async () => {
    const hub = await hubForTest();
    hub.add("org/base", { files: Object.fromEntries(sampleFiles()), region: "eu" });
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    const facts = await pushed(hub, await keepAll(source, io), source, io);
    expect(warningsOf(io)).toEqual([["no-server-copy", expect.stringContaining("different regions")]]);
    const shards = facts.files.filter(({ path }) => path.endsWith(".safetensors"));
    const bytes = shards.reduce((sum, { bytes: size }) => sum + size, 0);
    expect([shards.length, ...new Set(shards.map(({ way }) => way))]).toEqual([2, "send"]);
    expect(warningsOf(io)[0]![1]).toContain(`${bytes} bytes`);
    expect(filesOn(hub, "org/new")).toEqual(new Map([...sampleFiles()].sort()));
  });

  it.each([
    ["put together anew from another repository", false],
    ["put together anew, under a dry run", true],
  ])("says before it starts that weights travel that are %s", async (_, dryRun) => {
    const hub = await hubForTest();
    hub.add("org/base", { files: Object.fromEntries(sampleFiles()) });
    const io = heardIo();
    const source = await sourceOn(hub, "org/base", io);
    await pushed(hub, samplePlan(), source, io, { dryRun });
    expect(warningsOf(io)).toEqual([["uploads-weights", expect.stringContaining("in 1 file,")]]);
    const names = io.events.map((event) => (event.type === "phase" ? event.name : event.type));
    const uploading = names.findIndex((name) => name.startsWith("uploading"));
    expect(uploading > names.indexOf("warning")).toBe(!dryRun);
  });

  it("says nothing of weights that lie on this machine", async () => {
    const hub = await hubForTest();
    const io = heardIo();
    await pushed(hub, samplePlan(), sample(), io, { serverCopy: "never" });
    expect(warningsOf(io)).toEqual([]);
  });

  it.each([
    ["a public repository that is there", {}, "repository-public"],
    ["a private repository that is there", { private: true }, undefined],
  ])("pushes what shall be private not to %s", async (_, settings, code) => {
    const hub = await hubForTest();
    hub.add("org/new", settings);
    const pushing = pushed(hub, samplePlan(), sample(), heardIo(), { private: true });
    expect(code === undefined ? (await pushing).created : (await refusalOf(pushing)).code).toBe(
      code ?? false,
    );
    expect(hub.requests("commit").length).toBe(code === undefined ? 1 : 0);
  });

  it("makes no branch in the name of a pull request that is not there", async () => {
    const hub = await hubForTest();
    hub.add("org/new");
    const pushing = pushed(hub, samplePlan(), sample(), heardIo(), { branch: "refs/pr/9" });
    expect(await refusalOf(pushing)).toMatchObject({
      code: "revision-missing",
      remedy: expect.stringContaining("--pr"),
    });
    expect(hub.requests().filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("opens a pull request and leaves the branch alone", async () => {
    const hub = await hubForTest();
    hub.add("org/new");
    const before = hub.state.repositories.get("org/new")?.find("main")?.oid;
    const facts = await pushed(hub, samplePlan(), sample(), heardIo(), { pullRequest: true });
    expect(facts.pullRequest).toBe(`${hub.endpoint}/org/new/discussions/1`);
    expect(hub.state.repositories.get("org/new")?.find("main")?.oid).toBe(before);
    expect(filesOn(hub, "org/new", "refs/pr/1").has(SCALES)).toBe(true);
  });

  it.each([
    ["a path written twice", "config.json", "target-exists"],
    ["a path that escapes", "../config.json", "path-escapes"],
  ])("refuses %s", async (_, path, code) => {
    const hub = await hubForTest();
    const steps = [
      ...samplePlan().steps,
      { step: "write", path, bytes: new Uint8Array(1), why: "" } as const,
    ];
    const refusal = await refusalOf(pushed(hub, { ...samplePlan(), steps }, sample(), heardIo()));
    expect(refusal.code).toBe(code);
    expect(hub.requests().filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("makes nothing, and asks nothing, when it is told to stop beforehand", async () => {
    const hub = await hubForTest();
    const io = heardIo();
    const sink = await sinkTo(hub);
    io.stop();
    await expect(apply(samplePlan(), sample(), sink, io)).rejects.toThrow(/abort/i);
    expect(hub.requests()).toEqual([]);
  });
});

function warningsOf({ events }: ReturnType<typeof heardIo>): [string, string][] {
  return events.flatMap((event): [string, string][] =>
    event.type === "warning" ? [[event.code, event.message]] : [],
  );
}
