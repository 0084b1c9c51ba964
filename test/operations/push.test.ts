import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HubTarget } from "../../src/checkpoint/hub/push-target.js";
import { push } from "../../src/operations/push.js";
import { filesOn, hubForTest } from "../checkpoint/hub/publishing.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { heardIo, readTree } from "../checkpoint/scratch.js";
import type { FakeHub } from "../support/hub/hub.js";
import { checkpoint, hostile, ROOT, scratch, unheard } from "./desk.js";
import { depsOn, pushing } from "./on-hub.js";

const FP8 = join(ROOT, checkpoint("modelopt-fp8"));
const BEGIN = "<!-- kvscale:begin -->";

describe("push", () => {
  it("makes a repository hold a checkpoint, and its card say so", async () => {
    const hub = await hubForTest();
    const { push: facts, written } = await pushed(hub, FP8);
    expect([written, facts.created, facts.url]).toEqual([true, true, `${hub.endpoint}/org/new`]);
    const files = filesOn(hub, "org/new");
    const card = text(files.get("README.md"));
    files.delete("README.md");
    files.delete(".gitattributes");
    expect(files).toEqual(await readTree(FP8));
    expect(card).toMatch(/holds \d+ scales for an FP8 key-value cache in `float8_e4m3fn`/);
    expect(hub.requests("commit").length).toBe(1);
  });

  it("finds nothing to do the second time", async () => {
    const hub = await hubForTest();
    await pushed(hub, FP8);
    hub.forget();
    const io = heardIo();
    const { written, push: facts } = await push({ ref: FP8, pushing: pushing() }, io, depsOn(hub));
    expect([written, facts.requests]).toEqual([false, []]);
    expect(hub.requests().filter(({ method }) => method !== "GET")).toEqual([]);
    expect(io.events.filter(({ type }) => type === "note" || type === "warning")).toEqual([]);
  });

  it("lists under a dry run what it would send, and asks nothing that changes anything", async () => {
    const hub = await hubForTest();
    const planned = await pushed(hub, FP8, { dryRun: true });
    expect(hub.requests().filter(({ method }) => method !== "GET")).toEqual([]);
    const real = await pushed(hub, FP8);
    expect(planned.push.files).toEqual(real.push.files);
    expect(planned.push.requests.map(({ what, count }) => [what, count])).toEqual([
      ["create repository", 1],
      ["ask how to upload", 2],
      ["upload", real.push.files.length],
      ["commit", 1],
    ]);
    const uploads = hub.requests("upload").reduce((sum, { bytesIn }) => sum + bytesIn, 0);
    expect(planned.push.requests[2]!.bytes).toBeGreaterThanOrEqual(uploads);
  });

  it("sends a changed file and removes a stray shard, which readers would take for part of the model", async () => {
    const hub = await hubForTest();
    const folder = await copied(FP8);
    await pushed(hub, folder);
    hub.state.repositories
      .get("org/new")!
      .put("main", "stray", { "stray.safetensors": "x", "notes.txt": "theirs" });
    await writeFile(join(folder, "generation_config.json"), "{}\n");
    const { push: facts } = await pushed(hub, folder);
    const changed = facts.files.filter(({ way }) => way !== "same").map(({ path, way }) => [path, way]);
    expect(changed).toEqual([
      ["generation_config.json", "send"],
      ["stray.safetensors", "delete"],
    ]);
    expect(filesOn(hub, "org/new").has("notes.txt")).toBe(true);
  });

  it("leaves no declaration or sidecar of another model beside a whole one", async () => {
    const hub = await hubForTest();
    await pushed(hub, FP8);
    const goneBy = async (name: string) => {
      const { push: facts } = await pushed(hub, join(ROOT, checkpoint(name)));
      return facts.files.filter(({ way }) => way === "delete").map(({ path }) => path);
    };
    expect(await goneBy("ksanallm")).toEqual(["hf_quant_config.json"]);
    expect(await goneBy("base-single")).toEqual(["kv_cache_scales.json"]);
  });

  it("adds a file of scales to a model, and removes none of its tensors", async () => {
    const hub = await hubForTest();
    await pushed(hub, FP8);
    const before = [...filesOn(hub, "org/new").keys()];
    const folder = await scratch();
    await cp(join(FP8, "model.safetensors"), join(folder, "scales.safetensors"));
    for (const ref of [join(folder, "scales.safetensors"), folder]) {
      const { push: facts } = await pushed(hub, ref);
      expect(facts.files.filter(({ way }) => way === "delete")).toEqual([]);
    }
    expect([...filesOn(hub, "org/new").keys()].sort()).toEqual([...before, "scales.safetensors"].sort());
  });

  it("refuses a folder without a checkpoint, before it asks anything", async () => {
    const hub = await hubForTest();
    const folder = await scratch();
    await expectRefused(hub, folder);
    for (const name of ["notes.txt", "taxes.pdf"]) await writeFile(join(folder, name), "mine");
    await expectRefused(hub, folder);
  });

  it("leaves out what git and download tools leave in a folder", async () => {
    const hub = await hubForTest();
    const folder = await copied(FP8);
    await cp(FP8, join(folder, ".cache/huggingface/download"), { recursive: true });
    await cp(FP8, join(folder, ".git/objects"), { recursive: true });
    await pushed(hub, folder);
    expect([...filesOn(hub, "org/new").keys()].filter((path) => /cache|\.git\//.test(path))).toEqual([]);
  });

  it("leaves hidden files of this machine out, whoever holds secrets in them, and says so", async () => {
    const hub = await hubForTest();
    const folder = await copied(FP8);
    await mkdir(join(folder, "sub/.vscode"), { recursive: true });
    const hidden = [".env", ".env.local", "sub/.vscode/settings.json"];
    for (const path of [...hidden, ".gitattributes", "sub/plain.txt"])
      await writeFile(join(folder, path), "SECRET=hf_secret\n");
    const { leftOut, push: facts } = await pushed(hub, folder);
    expect(leftOut).toEqual(hidden);
    const there = [...filesOn(hub, "org/new").keys()];
    expect(there.filter((path) => /\.env|vscode/.test(path))).toEqual([]);
    expect(there).toEqual(expect.arrayContaining([".gitattributes", "sub/plain.txt"]));
    expect(facts.files.map(({ path }) => path)).not.toContain(".env");
  });

  it("makes a private repository where asked", async () => {
    const hub = await hubForTest();
    const { push: facts } = await pushed(hub, FP8, { private: true });
    expect(facts.visibility).toBe("private");
    expect((await pushed(hub, FP8, { repository: "org/open" })).push.visibility).toBe("public");
    expect((await pushed(hub, FP8, { repository: "org/open" })).push.visibility).toBeNull();
    expect(hub.state.repositories.get("org/new")?.private).toBe(true);
  });

  it("makes a branch, and leaves main alone", async () => {
    const hub = await hubForTest();
    hub.add("org/new");
    const { push: facts } = await pushed(hub, FP8, { branch: "scales" });
    expect(filesOn(hub, "org/new", "scales").has("config.json")).toBe(true);
    expect([...filesOn(hub, "org/new").keys()]).toEqual([".gitattributes"]);
    expect(facts.url).toBe(`${hub.endpoint}/org/new/tree/scales`);
  });

  it("goes on with a pull request", async () => {
    const hub = await hubForTest();
    hub.add("org/new");
    await pushed(hub, FP8, { pullRequest: true, create: false });
    const folder = await copied(FP8);
    await writeFile(join(folder, "more.txt"), "more");
    await pushed(hub, folder, { branch: "refs/pr/1", create: false });
    expect(text(filesOn(hub, "org/new", "refs/pr/1").get("more.txt"))).toBe("more");
    expect(hub.state.repositories.get("org/new")?.pulls).toBe(1);
  });

  it.each<[string, Partial<HubTarget>, string]>([
    ["no such repository", { create: false }, "repository-missing"],
    ["no such branch", { create: false, repository: "org/there", branch: "none" }, "revision-missing"],
    ["a namespace of others", { repository: "stranger/new" }, "not-permitted"],
  ])("refuses %s", async (_, other, code) => {
    const hub = await hubForTest();
    hub.add("org/there");
    expect((await refusalOf(pushed(hub, FP8, other))).code).toBe(code);
    expect(hub.requests("commit")).toEqual([]);
  });

  it("refuses a broken checkpoint before it asks anything", async () => {
    const hub = await hubForTest();
    const refusal = await refusalOf(pushed(hub, join(ROOT, hostile("index-contradicts-header"))));
    expect(refusal.exit).toBe("data");
    expect(hub.requests()).toEqual([]);
  });
});

async function expectRefused(hub: FakeHub, folder: string): Promise<void> {
  expect((await refusalOf(pushed(hub, folder))).code).toBe("no-checkpoint-here");
  expect(hub.requests()).toEqual([]);
}

describe("the model card of a push", () => {
  it("keeps what people wrote there, to the byte", async () => {
    const hub = await hubForTest();
    const theirs = "---\nlicense: mit\ntags: [a]\n---\r\n# Model\n\n  text  \n";
    hub.add("org/new", { files: { "README.md": theirs } });
    await pushed(hub, FP8);
    const card = text(filesOn(hub, "org/new").get("README.md"));
    expect(card.startsWith(`${theirs}\n${BEGIN}\n`)).toBe(true);
  });

  it("counts over the one in the folder, and says so", async () => {
    const hub = await hubForTest();
    hub.add("org/new", { files: { "README.md": "theirs\n" } });
    const folder = await copied(FP8);
    await writeFile(join(folder, "README.md"), "ours\n");
    const io = heardIo();
    await push({ ref: folder, pushing: pushing() }, io, depsOn(hub));
    expect(text(filesOn(hub, "org/new").get("README.md"))).toMatch(/^theirs\n/);
    expect(io.events).toContainEqual({ type: "note", message: expect.stringContaining("--no-card") });
  });

  it("is none of our business where it is not asked for", async () => {
    const hub = await hubForTest();
    hub.add("org/new", { files: { "README.md": "theirs\n" } });
    const { target } = pushing();
    await push({ ref: FP8, pushing: { target } }, unheard, depsOn(hub));
    expect(text(filesOn(hub, "org/new").get("README.md"))).toBe("theirs\n");
  });
});

function pushed(hub: FakeHub, ref: string, other: Partial<HubTarget> = {}) {
  return push({ ref, pushing: pushing(other) }, unheard, depsOn(hub));
}

async function copied(folder: string): Promise<string> {
  const copy = join(await scratch(), "checkpoint");
  await cp(folder, copy, { recursive: true });
  return copy;
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array(0)).toString("utf8");
}
