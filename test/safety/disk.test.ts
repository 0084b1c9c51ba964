import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import { writeFileAtomically } from "../../src/checkpoint/output-file.js";
import { refusalOf } from "../checkpoint/refusals.js";
import { samplePlan, text } from "../checkpoint/sample.js";
import { fingerprint, heardIo, writeTree } from "../checkpoint/scratch.js";
import { bigPlan, merge, model, target } from "./model.js";
import { mayMount, mountSmallDisk, type SmallDisk } from "./small-disk.js";

const MiB = 1024 * 1024;
const mounts = mayMount();

describe.skipIf(!mounts)(
  `a disk of one MiB${mounts ? "" : " (skipped: this test may not mount one)"}`,
  () => {
    let small: SmallDisk;
    beforeAll(() => {
      small = mountSmallDisk();
    });
    afterEach(() => small.empty());
    afterAll(() => small.remove());

    it("is seen to be too small before anything is written", async () => {
      const { source, before, inputs } = await model(3 * MiB);
      const refusal = await refusalOf(merge(source, join(small.path, "out"), "copy", bigPlan(3 * MiB)));
      expect([refusal.exit, refusal.code]).toEqual(["environment", "no-space"]);
      expect(refusal.message).toContain("free on its disk");
      expect(await readdir(small.path)).toEqual([]);
      expect(await fingerprint(inputs)).toEqual(before);
    });

    it.each(["keep", "stream", "write"] as const)(
      "that fills up in the middle of a %s leaves nothing",
      async (kind) => {
        const { source, before, inputs } = await model(600 * 1024);
        const io = heardIo();
        const sink = await localSink(target(join(small.path, "out"), "copy"), [source], io);
        const filler = join(small.path, "filler");
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
        expect(await readdir(small.path)).toEqual(["filler"]);
        expect(await fingerprint(inputs)).toEqual(before);
      },
    );

    it("that fills up leaves no half of a single file", async () => {
      const path = join(small.path, "scales.json");
      const refusal = await refusalOf(writeFileAtomically(path, new Uint8Array(2 * MiB), { force: false }));
      expect([refusal.exit, refusal.code]).toEqual(["environment", "no-space"]);
      expect(await readdir(small.path)).toEqual([]);
    });

    it("keeps the old output when the new one does not fit", async () => {
      const { source } = await model(600 * 1024);
      const old = await writeTree(
        join(small.path, "out"),
        new Map([
          ["config.json", text("old")],
          ["x.bin", new Uint8Array(600 * 1024)],
        ]),
      );
      const before = await fingerprint(old);
      const refusal = await refusalOf(merge(source, old, "copy", bigPlan(600 * 1024), true));
      expect(refusal.code).toBe("no-space");
      expect(await fingerprint(old)).toEqual(before);
    });

    it("that becomes read-only refuses, and leaves what was there", async () => {
      const { source } = await model(10);
      const path = join(small.path, "x.json");
      const [refusal, single] = await small.whileReadOnly(async () => [
        await refusalOf(merge(source, join(small.path, "out"), "copy", samplePlan())),
        await refusalOf(writeFileAtomically(path, text("{}"), { force: false })),
      ]);
      expect([refusal.exit, refusal.code]).toEqual(["environment", "read-only-disk"]);
      expect([single.exit, single.code]).toEqual(["environment", "read-only-disk"]);
      expect(await readdir(small.path)).toEqual([]);
    });

    it("cannot be replaced itself, being a mount point", async () => {
      const { source } = await model(10);
      const refusal = await refusalOf(merge(source, small.path, "copy", samplePlan()));
      expect([refusal.exit, refusal.code]).toEqual(["usage", "target-not-replaceable"]);
      expect(refusal.message).toContain("mount point");
    });
  },
);

/** Takes all the room that is left but for a few small files. */
async function fill(path: string): Promise<void> {
  await writeFile(path, new Uint8Array(700 * 1024));
  expect((await stat(path)).size).toBe(700 * 1024);
}
