import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { push } from "../../src/operations/push.js";
import { envOf, filesOn, hubForTest } from "../checkpoint/hub/publishing.js";
import { checkpoint, ROOT, unheard } from "../operations/desk.js";
import { depsOn, pushing } from "../operations/on-hub.js";
import type { FakeHub, Operation } from "../support/hub/hub.js";

const FP8 = checkpoint("modelopt-fp8");

/** Every request of a push that a process can be waiting for, before the Hub acts on it and after. */
const PHASES: readonly (readonly [Operation, "before" | "after"])[] = [
  ["info", "before"],
  ["create", "before"],
  ["create", "after"],
  ["preupload", "before"],
  ["batch", "before"],
  ["upload", "before"],
  ["upload", "after"],
  ["commit", "before"],
  ["commit", "after"],
  ["tree", "after"],
];

/** The program, bundled once: a process starts in a quarter of a second. */
let program = "";
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kvscale-program-"));
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await cp(join(ROOT, "package.json"), join(folder, "package.json"));
  const outdir = join(folder, "program", "cli");
  const entry = join(import.meta.dirname, "program.ts");
  const how = {
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
  } as const;
  await build({ ...how, entryPoints: [entry], outdir });
  program = join(outdir, "program.js");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a push whose process is killed", () => {
  it.each(PHASES)(
    "at %s, %s it is done: the repository is empty or complete, and the next run completes it",
    async (on, when) => {
      const hub = await hubForTest();
      const fault = hub.fault({ on, trouble: { kind: "hold", when } });
      const child = started(hub);
      await fault.reached;
      child.kill("SIGKILL");
      await once(child, "close");
      fault.release();
      await settled(hub);
      expect([0, await complete()]).toContain(contentsOf(hub).length);
      await push({ ref: FP8, pushing: pushing() }, unheard, depsOn(hub));
      expect(contentsOf(hub).length).toBe(await complete());
    },
  );
});

describe("a push that is interrupted by Ctrl-C", () => {
  it.each([
    ["preupload", "before", 130],
    ["upload", "before", 130],
    ["upload", "after", 130],
  ] as const)("at %s, %s: nothing is committed", async (on, when, exit) => {
    const hub = await hubForTest();
    const fault = hub.fault({ on, trouble: { kind: "hold", when } });
    const child = started(hub);
    await fault.reached;
    child.kill("SIGINT");
    expect(await ended(child)).toEqual({ code: exit, out: "", err: expect.stringContaining("interrupted") });
    expect(contentsOf(hub)).toEqual([]);
    expect(hub.requests("commit")).toEqual([]);
  });

  it("at the commit: it is complete, and told so", async () => {
    const hub = await hubForTest();
    const fault = hub.fault({ on: "commit", trouble: { kind: "hold", when: "after" } });
    const lingering = hub.fault({ on: "tree", skip: 1, trouble: { kind: "hold", when: "before" } });
    const child = started(hub);
    await fault.reached;
    child.kill("SIGINT");
    fault.release();
    lingering.release();
    const { code, out } = await ended(child);
    expect([code, out]).toEqual([0, expect.stringContaining("Pushed commit")]);
    expect(contentsOf(hub).length).toBe(await complete());
  });
});

describe("what a push prints", () => {
  it("is one object under --json, and nothing of the library's", async () => {
    const hub = await hubForTest();
    const { code, out, err } = await ended(started(hub, ["--json"]));
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({
      command: "push",
      ok: true,
      data: { push: { repository: "org/new" } },
    });
  });

  it("never holds the token, whatever goes wrong", async () => {
    const hub = await hubForTest();
    hub.fault({ on: "preupload", trouble: { kind: "status", status: 403, body: "hf_writer may not" } });
    const { code, out, err } = await ended(started(hub, [], { HF_DEBUG: "1" }));
    expect(code).toBe(4);
    expect(err).toMatch(/may not/);
    expect(err).toMatch(/POST \S+\/preupload\/main \[with token\] -> 403/);
    expect(out + err).not.toContain("hf_writer");
  });

  it("goes through a proxy path in HF_ENDPOINT", async () => {
    const hub = await hubForTest({ prefix: "/proxy/hf" });
    expect(await ended(started(hub))).toMatchObject({ code: 0 });
    expect(contentsOf(hub).length).toBe(await complete());
  });

  it("is a refusal without a token, and under HF_HUB_OFFLINE", async () => {
    const hub = await hubForTest();
    const without = await ended(started(hub, [], { HF_TOKEN: "" }));
    expect([without.code, without.err]).toEqual([
      4,
      expect.stringMatching(/token that may write.*hf auth login/s),
    ]);
    const offline = await ended(started(hub, [], { HF_HUB_OFFLINE: "1" }));
    expect([offline.code, offline.err]).toEqual([4, expect.stringContaining("HF_HUB_OFFLINE")]);
    expect(hub.requests()).toEqual([]);
  });
});

function started(hub: FakeHub, more: readonly string[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const argv = ["push", FP8, "org/new", "--create", ...more];
  return spawn(process.execPath, [program, ...argv], {
    cwd: ROOT,
    env: { ...process.env, ...envOf(hub), ...env },
  });
}

async function ended(child: ChildProcess) {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (text) => {
    out += text;
  });
  child.stderr?.on("data", (text) => {
    err += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

/** What was held goes on at the Hub after its client is gone, as it does in earnest. */
async function settled(hub: FakeHub): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  hub.clearFaults();
}

function contentsOf(hub: FakeHub): string[] {
  return [...filesOn(hub, "org/new").keys()].filter((path) => path !== ".gitattributes");
}

/** Files of the checkpoint, and the card. */
async function complete(): Promise<number> {
  return (await readdir(join(ROOT, FP8))).length + 1;
}
