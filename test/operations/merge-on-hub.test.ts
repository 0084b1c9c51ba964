import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import { convert } from "../../src/operations/convert.js";
import { inspect } from "../../src/operations/inspect.js";
import { merge } from "../../src/operations/merge.js";
import { strip } from "../../src/operations/strip.js";
import { plain } from "../../src/report/paint.js";
import { writeText } from "../../src/report/write-text.js";
import { hubForTest } from "../checkpoint/hub/publishing.js";
import { readTree } from "../checkpoint/scratch.js";
import type { FakeHub } from "../support/hub/hub.js";
import { fp8Model, LLAMA_70B, plainModel, TINY } from "../support/hub/large-model.js";
import { bitsOf, checkpoint, ROOT, scratch, unheard, writing as writingAt } from "./desk.js";
import { depsOn, writingTo } from "./on-hub.js";

describe("a merge from Hub to Hub", () => {
  it("of 70B in 30 shards sends the scales, the index and the config, and no weight", async () => {
    const hub = await hubOf(plainModel(), fp8Model());
    const report = await merge(
      { base: "org/base", from: "org/fp8", writing: writingTo() },
      unheard,
      depsOn(hub),
    );
    expect(sentTo(hub)).toBeLessThan(1_000_000);
    expect(readOf(hub, "org/base")).toBeLessThan(30 * 200_000);
    expect(waysOf(report.push!)).toEqual({ copy: 30, send: 5 });
    expect(hub.requests().filter(({ method }) => method !== "GET").length).toBe(6);
    expect(weightsOf(hub, "org/new")).toEqual(weightsOf(hub, "org/base"));
    expect(await scalesOn(hub, "org/new")).toEqual(await scalesOn(hub, "org/fp8"));
    expect((await scalesOn(hub, "org/new")).size).toBe(2 * LLAMA_70B.layers);
  });

  it("into the base's own repository refers to what is there, in a pull request", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const writing = writingTo({ repository: "org/base", pullRequest: true, create: false });
    const report = await merge({ base: "org/base", from: "org/fp8", writing }, unheard, depsOn(hub));
    expect(waysOf(report.push!)).toEqual({ same: 3, send: 4 });
    expect(hub.requests("duplicate")).toEqual([]);
    expect(await scalesOn(hub, "org/base@refs/pr/1")).toEqual(await scalesOn(hub, "org/fp8"));
  });

  it("a second time writes nothing, and says so", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const asked = { base: "org/base", from: "org/fp8", writing: writingTo() };
    expect((await merge(asked, unheard, depsOn(hub))).written).toBe(true);
    const again = await merge(asked, unheard, depsOn(hub));
    expect([again.written, again.push!.commit]).toEqual([false, null]);
    const text = writeText(again, { width: 100, paint: plain });
    expect(text).toMatch(/^org\/new holds it already: \d+ scales/);
    expect(text).not.toMatch(/Wrote|Would|to fetch/);
  });

  it("takes files that the plan leaves out from the repository too: a config may not outlive its scales", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const folder = join(ROOT, checkpoint("modelopt-kv-only"));
    hub.add("org/kv", {
      files: { ...Object.fromEntries(await readTree(folder)), ".env": "theirs", "notes.txt": "theirs" },
    });
    const writing = writingTo({ repository: "org/kv" });
    const report = await convert({ ref: "org/kv", engine: "vllm", writing }, unheard, depsOn(hub));
    expect(report.push!.files).toContainEqual(
      expect.objectContaining({ path: "hf_quant_config.json", way: "delete" }),
    );
    const there = [...hub.state.repositories.get("org/kv")!.files().keys()];
    expect(there).not.toContain("hf_quant_config.json");
    expect(there).toEqual(expect.arrayContaining([".env", "notes.txt"]));
    const read = await inspect({ ref: "org/kv", engine: "vllm" }, unheard, depsOn(hub));
    expect([read.ok, read.declarations]).toEqual([true, report.result.declarations]);
  });

  it("leaves hidden files of a base on this machine out, and its plan says so", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const base = join(await scratch(), "base");
    await cp(join(ROOT, checkpoint("base-indexed")), base, { recursive: true });
    await writeFile(join(base, ".env"), "SECRET=1\n");
    const from = join(ROOT, checkpoint("modelopt-fp8"));
    const report = await merge({ base, from, writing: writingTo() }, unheard, depsOn(hub));
    expect(report.steps).toContainEqual(expect.objectContaining({ step: "delete", path: ".env" }));
    expect([...hub.state.repositories.get("org/new")!.files().keys()]).not.toContain(".env");
    const writing = writingAt(join(base, "../out"));
    const local = await merge({ base, from, writing }, unheard, depsOn(hub));
    expect(local.steps).toContainEqual(expect.objectContaining({ step: "keep", path: ".env" }));
  });

  it.each([
    ["another repository", "org/new", "copy"],
    ["its own repository", "org/base", "refer"],
  ])("of a single file makes two shards by reference: %s", async (_, repository, way) => {
    const lone = { ...TINY, shards: 1 };
    const hub = await hubOf(plainModel(lone), fp8Model(lone));
    const writing = writingTo({ repository });
    const report = await merge({ base: "org/base", from: "org/fp8", writing }, unheard, depsOn(hub));
    const names = [...hub.state.repositories.get(repository)!.files().keys()];
    expect(names.filter((name) => name.endsWith(".safetensors"))).toEqual([
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ]);
    expect(report.push!.files.find(({ path }) => path.startsWith("model-00001"))?.way).toBe(way);
    expect(hub.requests("upload").length).toBe(1);
    expect(await scalesOn(hub, repository)).toEqual(await scalesOn(hub, "org/fp8"));
  });

  it("streams the weights where the Hub must not copy them", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const writing = writingTo({ serverCopy: "never" });
    await merge({ base: "org/base", from: "org/fp8", writing }, unheard, depsOn(hub));
    expect(hub.requests("duplicate")).toEqual([]);
    expect(weightsOf(hub, "org/new")).toEqual(weightsOf(hub, "org/base"));
  });

  it("names in the card the commits that it was made from", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    await merge({ base: "org/base", from: "org/fp8", writing: writingTo() }, unheard, depsOn(hub));
    const card = hub.state.repositories.get("org/new")!.text("README.md")!;
    for (const id of ["org/base", "org/fp8"])
      expect(card).toContain(`${id}@${hub.state.repositories.get(id)!.find("main")!.oid}`);
  });

  it("asks for nothing that changes anything under a dry run", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const writing = writingTo({ dryRun: true });
    const { push } = await merge({ base: "org/base", from: "org/fp8", writing }, unheard, depsOn(hub));
    expect([push!.commit, push!.created]).toEqual([null, true]);
    expect(hub.requests().filter(({ method }) => method !== "GET")).toEqual([]);
  });
});

describe("other commands on the Hub", () => {
  it("convert rewrites what it must and refers to the rest", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    const writing = writingTo();
    await convert({ ref: "org/fp8", engine: "vllm", writing }, unheard, depsOn(hub));
    expect((await scalesOn(hub, "org/new")).size).toBe(2 * TINY.layers);
  });

  it("strip takes out of a repository what a merge put in", async () => {
    const hub = await hubOf(plainModel(TINY), fp8Model(TINY));
    await merge({ base: "org/base", from: "org/fp8", writing: writingTo() }, unheard, depsOn(hub));
    hub.forget();
    await strip({ ref: "org/new", writing: writingTo() }, unheard, depsOn(hub));
    expect(hub.requests("upload")).toEqual([]);
    expect(filesBut(hub, "org/new", "README.md")).toEqual(filesBut(hub, "org/base", "README.md"));
  });
});

async function hubOf(
  base: ReturnType<typeof plainModel>,
  fp8: ReturnType<typeof plainModel>,
): Promise<FakeHub> {
  const hub = await hubForTest();
  hub.add("org/base", { files: base });
  hub.add("org/fp8", { files: fp8 });
  return hub;
}

/** Bytes of all that was sent to the Hub, commit and questions included. */
function sentTo(hub: FakeHub): number {
  return hub.requests().reduce((sum, { bytesIn }) => sum + bytesIn, 0);
}

function readOf(hub: FakeHub, repository: string): number {
  const reads = hub.requests("object").filter(({ path }) => path.includes(repository));
  return reads.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
}

function waysOf({ files }: { readonly files: readonly { readonly way: string }[] }): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { way } of files) counts[way] = (counts[way] ?? 0) + 1;
  return counts;
}

function filesBut(hub: FakeHub, repository: string, without: string): Map<string, string> {
  const files = [...hub.state.repositories.get(repository)!.files()].filter(([path]) => path !== without);
  return new Map(files.map(([path, { content }]) => [path, content.sha256]));
}

/** The objects of the base's shards, by name. */
function weightsOf(hub: FakeHub, repository: string): Map<string, string> {
  const files = [...filesBut(hub, repository, "")];
  return new Map(files.filter(([path]) => /^model-\d+-of-\d+\.safetensors$/.test(path)));
}

async function scalesOn(hub: FakeHub, ref: string): Promise<Map<string, string>> {
  const source = await depsOn(hub).open(ref, unheard);
  return bitsOf((await readInventory(source, unheard)).table);
}
