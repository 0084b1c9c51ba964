import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { mergedFiles, samplePlan } from "../checkpoint/sample.js";
import { fingerprint, heardIo, readTree } from "../checkpoint/scratch.js";
import { merge, model, target } from "./model.js";

const shm = otherFileSystem();

describe.skipIf(!shm)(
  `an output on another file system${shm ? "" : " (skipped: there is none here)"}`,
  () => {
    it.each(["hardlink", "reflink"] as const)("refuses %s, says why, and copies nothing", async (link) => {
      const { source, before, inputs } = await model(10);
      const out = folderOn(shm!);
      const refusal = await refusalOf(merge(source, join(out, "result"), link, samplePlan()));
      expect([refusal.exit, refusal.code]).toEqual(["environment", `no-${link}`]);
      expect(refusal.message).toContain("file system");
      expect(refusal.remedy).toContain("--link copy");
      expect(await readdir(out)).toEqual([]);
      expect(await fingerprint(inputs)).toEqual(before);
    });

    it.each(["auto", "copy", "symlink"] as const)("is written with %s", async (link) => {
      const { source } = await model(10);
      const out = folderOn(shm!);
      await merge(source, join(out, "result"), link, samplePlan());
      expect(await readTree(join(out, "result"))).toEqual(mergedFiles());
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

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A fresh directory there, removed after the test. */
function folderOn(disk: string): string {
  const folder = mkdtempSync(join(disk, "kvscale-test-"));
  folders.push(folder);
  return folder;
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
