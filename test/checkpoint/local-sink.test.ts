import { appendFileSync, truncateSync, utimesSync } from "node:fs";
import { chmod, mkdir, readdir, rename, stat, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import { directorySource, fileSource } from "../../src/checkpoint/local.js";
import { type LocalTarget, localSink } from "../../src/checkpoint/local-sink.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import type { CheckpointSource } from "../../src/checkpoint/source.js";
import type { Event } from "../../src/events.js";
import type { Plan } from "../../src/plan/plan.js";
import { refusalOf } from "./refusals.js";
import { mergedFiles, SHARD_1, sampleFiles, samplePlan, text, writeHubCache } from "./sample.js";
import { fingerprint, heardIo, readTree, scratchFolder, writeTree } from "./scratch.js";

const memory = memorySource("memory", sampleFiles());
const target = (path: string, more: Partial<LocalTarget> = {}): LocalTarget => ({
  ...{ path, link: "copy", force: false, fsync: false },
  ...more,
});

async function write(where: LocalTarget, source: CheckpointSource = memory, plan: Plan = samplePlan()) {
  const io = heardIo();
  await apply(plan, source, await localSink(where, [source], io), io);
  return io.events;
}

describe("the place of an output directory", () => {
  it("may be new, with folders above it that are new too", async () => {
    const folder = await scratchFolder();
    await write(target(join(folder, "a/b/out"), { fsync: true }));
    expect(await readTree(join(folder, "a/b/out"))).toEqual(mergedFiles());
  });

  it("takes the folders above it along when nothing comes of it", async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, "a"));
    const sink = await localSink(target(join(folder, "a/b/c/out")), [], heardIo());
    await sink.begin(samplePlan(), memory, heardIo());
    await sink.abort();
    expect(await readdir(folder, { recursive: true })).toEqual(["a"]);
  });

  it("may be an empty directory, whose permissions stay", async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, "out"));
    await chmod(join(folder, "out"), 0o2750);
    await write(target(join(folder, "out")));
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect((await stat(join(folder, "out"))).mode & 0o7777).toBe(0o2750);
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("gets the permissions that any new directory gets", async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, "ordinary"));
    await write(target(join(folder, "out")));
    expect((await stat(join(folder, "out"))).mode).toBe((await stat(join(folder, "ordinary"))).mode);
  });

  it("may not be a full directory, a file or a link", async () => {
    const folder = await writeTree(
      await scratchFolder(),
      new Map([
        ["full/config.json", text("{}")],
        ["file", text("")],
      ]),
    );
    await mkdir(join(folder, "empty"));
    await symlink("empty", join(folder, "link"));
    const before = await fingerprint(folder);
    for (const name of ["full", "file", "link"]) {
      const refusal = await refusalOf(write(target(join(folder, name))));
      expect([refusal.exit, refusal.code]).toEqual(["usage", "target-exists"]);
      expect(refusal.remedy).toContain("--force");
    }
    expect(await fingerprint(folder)).toEqual(before);
  });

  it("with force, replaces a whole earlier output", async () => {
    const folder = await writeTree(await scratchFolder(), new Map([["out/old.safetensors", text("old")]]));
    await write(target(join(folder, "out"), { force: true, fsync: true }));
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("even with force, keeps the old output when the new one fails", async () => {
    const folder = await writeTree(await scratchFolder(), new Map([["out/old.safetensors", text("old")]]));
    const before = await fingerprint(folder);
    const broken = {
      ...samplePlan(),
      steps: [...samplePlan().steps, { step: "keep", path: "no", as: "no", size: 1 } as const],
    };
    await refusalOf(write(target(join(folder, "out"), { force: true }), memory, broken));
    expect(await fingerprint(folder)).toEqual(before);
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it.each(["notes", ".git"])("even with force, does not replace a directory that holds %s", async (name) => {
    const folder = await writeTree(await scratchFolder(), new Map([[`out/${name}`, text("precious")]]));
    if (name === ".git") await writeFile(join(folder, "out/config.json"), "{}");
    const refusal = await refusalOf(write(target(join(folder, "out"), { force: true })));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "target-not-replaceable"]);
  });

  it("even with force, does not replace home, root, or where the user stands", async () => {
    const here = await scratchFolder();
    await writeTree(
      here,
      new Map([
        ["config.json", text("{}")],
        ["deep/er/x", text("")],
      ]),
    );
    const before = process.cwd();
    process.chdir(join(here, "deep/er"));
    try {
      for (const path of ["/", dirname(homedir()), homedir(), here, "..", "."]) {
        const refusal = await refusalOf(write(target(path, { force: true })));
        expect(refusal.code).toMatch(/^target-(not-replaceable|exists)$/);
      }
    } finally {
      process.chdir(before);
    }
    expect(await readdir(here)).toEqual(["config.json", "deep"]);
  });

  it.each([
    ["in a file", "file/out", "not-a-directory"],
    ["of a long name", "x".repeat(250), "name-too-long"],
    ["of a long name in a new folder", `new/${"x".repeat(250)}`, "name-too-long"],
  ])("says why it cannot be %s", async (_case, path, code) => {
    const folder = await writeTree(await scratchFolder(), new Map([["file", text("")]]));
    const refusal = await refusalOf(write(target(join(folder, path))));
    expect([refusal.exit, refusal.code]).toEqual(["environment", code]);
    expect(await readdir(folder)).toEqual(["file"]);
  });
});

describe("an output and its inputs", () => {
  it.each([
    ["the input itself", "model"],
    ["a folder in it", "model/out"],
    ["a folder deep in it", "model/a/b/out"],
    ["the folder around it", "."],
    ["the input through a link", "alias"],
    ["a folder in it through a link", "alias/out"],
  ])("refuses %s", async (_case, path) => {
    const folder = await scratchFolder();
    await writeTree(join(folder, "outer/model"), sampleFiles());
    await symlink("model", join(folder, "outer/alias"));
    const source = await directorySource(join(folder, "outer/model"));
    const before = await fingerprint(folder);
    const refusal = await refusalOf(write(target(join(folder, "outer", path), { force: true }), source));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "target-overlaps-input"]);
    expect(await fingerprint(folder)).toEqual(before);
  });

  it("refuses to replace a folder that holds a single-file input", async () => {
    const folder = await writeTree(
      await scratchFolder(),
      new Map([
        ["model/config.json", text("{}")],
        ["model/a.safetensors", text("")],
      ]),
    );
    const source = await fileSource(join(folder, "model/a.safetensors"));
    const refusal = await refusalOf(
      localSink(target(join(folder, "model"), { force: true }), [source], heardIo()),
    );
    expect(refusal.code).toBe("target-overlaps-input");
  });

  it("refuses to replace a folder into which the input's links lead", async () => {
    const folder = await scratchFolder();
    await writeTree(join(folder, "weights"), sampleFiles());
    await mkdir(join(folder, "model"));
    for (const path of [...sampleFiles().keys()].filter((path) => !path.includes("/"))) {
      await symlink(join("../weights", path), join(folder, "model", path));
    }
    await writeTree(join(folder, "model"), new Map([["original/params.json", text("{}")]]));
    const source = await directorySource(join(folder, "model"), { followLinks: true });
    const refusal = await refusalOf(write(target(join(folder, "weights"), { force: true }), source));
    expect(refusal.code).toBe("target-overlaps-input");
    expect(await readTree(join(folder, "weights"))).toEqual(
      new Map([...sampleFiles()].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
  });

  it("may stand beside each other", async () => {
    const folder = await scratchFolder();
    await writeTree(join(folder, "model"), sampleFiles());
    await write(target(join(folder, "model-2")), await directorySource(join(folder, "model")));
    expect(await readdir(folder)).toEqual(["model", "model-2"]);
  });
});

describe("a file that changes while it is copied", () => {
  const big = new Uint8Array(9 * 1024 * 1024).fill(7);
  const plan: Plan = {
    ...samplePlan(),
    steps: [{ step: "keep", path: "big.bin", as: "big.bin", size: big.length }],
  };

  it.each([
    ["shrinks", (path: string) => truncateSync(path, 5 * 1024 * 1024)],
    ["grows", (path: string) => appendFileSync(path, "x")],
    ["is written to", (path: string) => utimesSync(path, 1, 1)],
  ])("is refused when it %s", async (_case, change) => {
    const folder = await writeTree(await scratchFolder(), new Map([["model/big.bin", big]]));
    const source = await directorySource(join(folder, "model"));
    await source.list(new AbortController().signal);
    const io = heardIo();
    let changed = false;
    const emit = (event: Event) => {
      if (event.type !== "file" || changed) return;
      changed = true;
      change(join(folder, "model/big.bin"));
    };
    const sink = await localSink(target(join(folder, "out")), [source], io);
    const refusal = await refusalOf(apply(plan, source, sink, { ...io, emit }));
    expect([refusal.exit, refusal.code]).toEqual([
      "data",
      expect.stringMatching(/^file-(changed|too-short)$/),
    ]);
    expect(await readdir(folder)).toEqual(["model"]);
  });
});

describe("what an interrupted run left", () => {
  const DEAD = 2 ** 22 + 1;

  /** The name that this machine would give, for a process that is no more. */
  async function leftover(folder: string, suffix = "", name = "out"): Promise<string> {
    const sink = await localSink(target(join(folder, name)), [], heardIo());
    await sink.begin(samplePlan(), memory, heardIo());
    const [mine] = (await readdir(folder)).filter((entry) => entry.startsWith(`.${name}.kvscale-`));
    const dead = join(folder, mine!.replace(`-${process.pid}-`, `-${DEAD}-`) + suffix);
    await rename(join(folder, mine!), dead);
    await sink.abort();
    return dead;
  }

  it("is removed by the next run, and only where it belongs to this output", async () => {
    const folder = await scratchFolder();
    await leftover(folder);
    const other = await leftover(folder, "", "out-2");
    await write(target(join(folder, "out")));
    expect((await readdir(folder)).sort()).toEqual([other.slice(folder.length + 1), "out"]);
  });

  it.each([
    ["of a living process", (name: string) => name.replace(String(DEAD), String(process.ppid))],
    ["of another machine", (name: string) => name.replace(/-[0-9a-f]{6}([0-9a-f]{8})/, "-ffffff$1")],
  ])("stays when it is %s", async (_case, rewrite) => {
    const folder = await scratchFolder();
    const dead = await leftover(folder);
    await rename(dead, rewrite(dead));
    await write(target(join(folder, "out")));
    expect(await readdir(folder)).toHaveLength(2);
  });

  it("is put back when it is an old result without a new one", async () => {
    const folder = await scratchFolder();
    const dead = await leftover(folder);
    await writeTree(`${dead}-old`, new Map([["config.json", text("old")]]));
    const io = heardIo();
    const refusal = await refusalOf(localSink(target(join(folder, "out")), [], io));
    expect(refusal.code).toBe("target-exists");
    expect(io.events).toEqual([{ type: "note", message: expect.stringContaining("put back") }]);
    expect(await readTree(folder)).toEqual(new Map([["out/config.json", text("old")]]));
  });

  it("is put back over an empty directory too", async () => {
    const folder = await scratchFolder();
    const dead = await leftover(folder);
    await writeTree(`${dead}-old`, new Map([["config.json", text("old")]]));
    await mkdir(join(folder, "out"));
    await write(target(join(folder, "out"), { force: true }));
    expect(await readTree(join(folder, "out"))).toEqual(mergedFiles());
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("is removed when it is an old result whose replacement arrived", async () => {
    const folder = await scratchFolder();
    const dead = await leftover(folder);
    await rename(dead, `${dead}-old`);
    await writeTree(join(folder, "out"), new Map([["config.json", text("new")]]));
    await write(target(join(folder, "out"), { force: true }));
    expect(await readdir(folder)).toEqual(["out"]);
  });

  it("stays, and is told of, when something else has taken the old result's place", async () => {
    const folder = await scratchFolder();
    const dead = await leftover(folder);
    await writeTree(`${dead}-old`, new Map([["config.json", text("old")]]));
    await writeTree(join(folder, "out"), new Map([["config.json", text("something else")]]));
    const events = await write(target(join(folder, "out"), { force: true }));
    expect(events).toContainEqual({ type: "note", message: expect.stringContaining(`${dead}-old`) });
    expect(await readTree(`${dead}-old`)).toEqual(new Map([["config.json", text("old")]]));
  });
});

describe("room on the disk", () => {
  it("is looked for before anything is copied", async () => {
    const folder = await scratchFolder();
    const huge = {
      ...samplePlan(),
      steps: [{ step: "keep", path: SHARD_1, as: SHARD_1, size: 2 ** 52 } as const],
    };
    const refusal = await refusalOf(write(target(join(folder, "out")), memory, huge));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "no-space"]);
    expect(refusal.remedy).toContain("hardlink");
    expect(await readdir(folder)).toEqual([]);
  });

  it("is not needed for what is linked", async () => {
    const folder = await scratchFolder();
    const source = await directorySource(await writeHubCache(await scratchFolder(), sampleFiles()));
    const huge = { step: "stream", path: "x", pieces: [], size: 2 ** 52, why: "" } as const;
    const plan = (steps: Plan["steps"]): Plan => ({ ...samplePlan(), steps });
    const begin = async (steps: Plan["steps"]) => {
      const sink = await localSink(target(join(folder, "out"), { link: "hardlink" }), [source], heardIo());
      await sink.begin(plan(steps), source, heardIo()).finally(() => sink.abort());
    };
    const keeps = Array.from(
      { length: 3 },
      (_, i) => ({ step: "keep", path: `${i}`, as: `${i}`, size: 2 ** 51 + i }) as const,
    );
    const small = { step: "keep", path: "config.json", as: "config.json", size: 24 } as const;
    await begin([small, ...keeps]);
    expect((await refusalOf(begin([small, huge]))).code).toBe("no-space");
  });
});

describe("a sink that finds things other than it left them", () => {
  it("calls a step out of turn a bug", async () => {
    const sink = await localSink(target(join(await scratchFolder(), "out")), [], heardIo());
    await expect(sink.write("x", text("x"), heardIo())).rejects.toThrow(/after begin/);
    await expect(sink.commit(heardIo())).rejects.toThrow(/after begin/);
  });

  it("refuses when another run is replacing the target, or has replaced it", async () => {
    for (const theirs of [undefined, new Map([["config.json", text("theirs")]])]) {
      const folder = await writeTree(await scratchFolder(), new Map([["out/config.json", text("old")]]));
      const io = heardIo();
      const sink = await localSink(target(join(folder, "out"), { force: true }), [memory], io);
      await rename(join(folder, "out"), join(folder, "moved-away"));
      if (theirs) await writeTree(join(folder, "out"), theirs);
      const refusal = await refusalOf(apply(samplePlan(), memory, sink, io));
      expect([refusal.exit, refusal.code]).toEqual(["usage", "target-exists"]);
      const left = theirs ? ["moved-away", "out"] : ["moved-away"];
      expect(await readdir(folder)).toEqual(left);
      if (theirs) expect(await readTree(join(folder, "out"))).toEqual(theirs);
    }
  });
});
