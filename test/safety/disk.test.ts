import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, statSync } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import type { LinkMode } from "../../src/checkpoint/keeping.js";
import { directorySource } from "../../src/checkpoint/local.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import { writeFileAtomically } from "../../src/checkpoint/output-file.js";
import type { Plan } from "../../src/plan/plan.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { mergedFiles, sampleFiles, samplePlan, text } from "../checkpoint/sample.js";
import { fingerprint, heardIo, readTree, scratchFolder, writeTree } from "../checkpoint/scratch.js";

const MiB = 1024 * 1024;
const small = mountSmallDisk();
afterAll(() => small?.remove());

describe.skipIf(!small)(`a disk of one MiB${small ? "" : " (skipped: this test may not mount one)"}`, () => {
  it("is seen to be too small before anything is written", async () => {
    const { source, before, inputs } = await model(3 * MiB);
    const refusal = await refusalOf(merge(source, join(small!.path, "out"), "copy", bigPlan(3 * MiB)));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "no-space"]);
    expect(await readdir(small!.path)).toEqual([]);
    expect(await fingerprint(inputs)).toEqual(before);
  });

  it.each(["keep", "stream", "write"] as const)(
    "that fills up in the middle of a %s leaves nothing",
    async (kind) => {
      const { source, before, inputs } = await model(600 * 1024);
      const io = heardIo();
      const sink = await localSink(target(join(small!.path, "out"), "copy"), [source], io);
      const filler = join(small!.path, "filler");
      const begin = sink.begin.bind(sink);
      const filling = {
        begin: (...args: Parameters<typeof begin>) => begin(...args).then(() => fill(filler)),
      };
      const refusal = await refusalOf(
        apply(bigPlan(600 * 1024, kind), source, Object.assign(sink, filling), io),
      );
      expect([refusal.exit, refusal.code]).toEqual(["environment", "no-space"]);
      expect(refusal.subject.file).toContain("out/");
      expect(refusal.remedy).toMatch(/space/i);
      expect(await readdir(small!.path)).toEqual(["filler"]);
      rmSync(filler);
      expect(await fingerprint(inputs)).toEqual(before);
    },
  );

  it("that fills up leaves no half of a single file", async () => {
    const path = join(small!.path, "scales.json");
    const refusal = await refusalOf(writeFileAtomically(path, new Uint8Array(2 * MiB), { force: false }));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "no-space"]);
    expect(await readdir(small!.path)).toEqual([]);
  });

  it("keeps the old output when the new one does not fit", async () => {
    const { source } = await model(600 * 1024);
    const old = await writeTree(
      join(small!.path, "out"),
      new Map([
        ["config.json", text("old")],
        ["x.bin", new Uint8Array(600 * 1024)],
      ]),
    );
    const before = await fingerprint(old);
    const refusal = await refusalOf(merge(source, old, "copy", bigPlan(600 * 1024), true));
    expect(refusal.code).toBe("no-space");
    expect(await fingerprint(old)).toEqual(before);
    rmSync(old, { recursive: true });
  });

  it("that becomes read-only refuses, and leaves what was there", async () => {
    const { source } = await model(10);
    small!.remount("ro");
    const refusal = await refusalOf(merge(source, join(small!.path, "out"), "copy", samplePlan()));
    const single = await refusalOf(
      writeFileAtomically(join(small!.path, "x.json"), text("{}"), { force: false }),
    );
    small!.remount("rw");
    expect([refusal.exit, refusal.code]).toEqual(["environment", "read-only-disk"]);
    expect([single.exit, single.code]).toEqual(["environment", "read-only-disk"]);
    expect(await readdir(small!.path)).toEqual([]);
  });

  it("cannot be replaced itself, being a mount point", async () => {
    const { source } = await model(10);
    const refusal = await refusalOf(merge(source, small!.path, "copy", samplePlan()));
    expect([refusal.exit, refusal.code]).toEqual(["usage", "target-not-replaceable"]);
    expect(refusal.message).toContain("mount point");
  });
});

const shm = otherFileSystem();

describe.skipIf(!shm)(
  `an output on another file system${shm ? "" : " (skipped: there is none here)"}`,
  () => {
    it.each(["hardlink", "reflink"] as const)("refuses %s, says why, and copies nothing", async (link) => {
      const { source, before, inputs } = await model(10);
      const out = mkdtempSync(join(shm!, "kvscale-test-"));
      const refusal = await refusalOf(merge(source, join(out, "result"), link, samplePlan()));
      expect([refusal.exit, refusal.code]).toEqual(["environment", `no-${link}`]);
      expect(refusal.message).toContain("file system");
      expect(refusal.remedy).toContain("--link copy");
      expect(await readdir(out)).toEqual([]);
      expect(await fingerprint(inputs)).toEqual(before);
      rmSync(out, { recursive: true });
    });

    it.each(["auto", "copy", "symlink"] as const)("is written with %s", async (link) => {
      const { source } = await model(10);
      const out = mkdtempSync(join(shm!, "kvscale-test-"));
      await merge(source, join(out, "result"), link, samplePlan());
      expect(await readTree(join(out, "result"))).toEqual(mergedFiles());
      rmSync(out, { recursive: true });
    });
  },
);

describe("a disk that cannot clone files", () => {
  const { clones } = cloneSupport();

  it.skipIf(clones)(`refuses reflink${clones ? " (skipped: this one can)" : ""}`, async () => {
    const { source, inputs } = await model(10);
    const refusal = await refusalOf(merge(source, join(inputs, "../out"), "reflink", samplePlan()));
    expect([refusal.exit, refusal.code]).toEqual(["environment", "no-reflink"]);
  });

  it.skipIf(!clones)(`shares bytes by cloning${clones ? "" : " (skipped: this one cannot)"}`, async () => {
    const { source, inputs } = await model(10);
    const io = heardIo();
    const sink = await localSink(target(join(inputs, "../out"), "auto"), [source], io);
    await apply(samplePlan(), source, sink, io);
    expect(sink.tally).toMatchObject({ copied: 0, shared: expect.any(Number) });
    expect(await readTree(join(inputs, "../out"))).toEqual(mergedFiles());
  });
});

const target = (path: string, link: LinkMode, force = false) => ({ path, link, force, fsync: true });

async function merge(
  source: Awaited<ReturnType<typeof directorySource>>,
  out: string,
  link: LinkMode,
  plan: Plan,
  force = false,
): Promise<void> {
  const io = heardIo();
  await apply(plan, source, await localSink(target(out, link, force), [source], io), io);
}

/** The sample with one more file, `big.bin`, in a folder that has room beside it. */
async function model(big: number) {
  const inputs = await writeTree(
    join(await scratchFolder(), "model"),
    sampleFiles().set("big.bin", new Uint8Array(big)),
  );
  return { inputs, source: await directorySource(inputs), before: await fingerprint(inputs) };
}

function bigPlan(size: number, kind: "keep" | "stream" | "write" = "keep"): Plan {
  const steps = {
    keep: { step: "keep", path: "big.bin", as: "big.bin", size },
    stream: {
      step: "stream",
      path: "big.bin",
      pieces: [{ from: "big.bin", range: [0, size] }],
      size,
      why: "",
    },
    write: { step: "write", path: "big.bin", bytes: new Uint8Array(size), why: "" },
  } as const;
  return { ...samplePlan(), steps: [...samplePlan().steps, steps[kind]] };
}

/** Takes all the room that is left but for a few small files. */
async function fill(path: string): Promise<void> {
  await writeFile(path, new Uint8Array(700 * 1024));
  expect((await stat(path)).size).toBe(700 * 1024);
}

/** A tmpfs of one MiB, where this process may mount one. */
function mountSmallDisk() {
  const path = mkdtempSync(join(tmpdir(), "kvscale-disk-"));
  const mount = (...args: string[]) => execFileSync("mount", args, { stdio: "ignore" });
  try {
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", path);
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const remove = () => {
    execFileSync("umount", [path]);
    rmSync(path, { recursive: true });
  };
  return { path, remove, remount: (how: "ro" | "rw") => mount("-o", `remount,${how}`, path) };
}

function otherFileSystem(): string | undefined {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return statSync("/dev/shm").dev === statSync(tmpdir()).dev ? undefined : "/dev/shm";
  } catch {
    return undefined;
  }
}

function cloneSupport(): { clones: boolean } {
  const folder = mkdtempSync(join(tmpdir(), "kvscale-clone-"));
  try {
    execFileSync("sh", ["-c", 'echo x > "$0/a" && cp --reflink=always "$0/a" "$0/b"', folder], {
      stdio: "ignore",
    });
    return { clones: true };
  } catch {
    return { clones: false };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
