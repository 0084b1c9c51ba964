import { chmodSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { SHARD_1, sampleFiles, samplePlan } from "../checkpoint/sample.js";
import { fingerprint, scratchFolder, writeTree } from "../checkpoint/scratch.js";
import { canStartAs, mergeProgram, openToAll } from "./child.js";
import { printPlan } from "./plan-text.js";

const NOBODY = 65534;
const program = mergeProgram();

const user = unprivileged();

describe.skipIf(!user)(
  `for a user without the superuser's rights${user ? "" : " (skipped: none here can start the program)"}`,
  () => {
    it("a directory that may not be written refuses before anything is done", async () => {
      const { inputs, folder } = await openModel();
      const before = await fingerprint(inputs);
      chmodSync(folder, 0o555);
      const end = await program.run(orderFor(inputs, folder), user);
      expect([end.code, end.out, end.err]).toEqual([EXIT.environment, "no-permission\n", ""]);
      expect(await readdir(folder)).toEqual([]);
      expect(await fingerprint(inputs)).toEqual(before);
    });

    it("an input that may not be read refuses, and leaves nothing", async () => {
      const { inputs, folder } = await openModel();
      chmodSync(folder, 0o777);
      chmodSync(join(inputs, SHARD_1), 0o000);
      const end = await program.run(orderFor(inputs, folder), user);
      expect([end.code, end.out, end.err]).toEqual([EXIT.environment, "no-permission\n", ""]);
      expect(await readdir(folder)).toEqual([]);
    });
  },
);

const orderFor = (source: string, folder: string) =>
  ({ source, out: join(folder, "out"), link: "copy", force: false, plan: printPlan(samplePlan()) }) as const;

/** The sample beside a folder for results, for every user to read. */
async function openModel() {
  const bench = await scratchFolder();
  const inputs = await writeTree(join(bench, "model"), sampleFiles());
  const folder = join(bench, "results");
  await mkdir(folder);
  openToAll(bench);
  return { inputs, folder };
}

/** This process's user, or for the superuser (whom no permission stops) another one. */
function unprivileged(): { uid?: number } | undefined {
  if (process.geteuid?.() !== 0) return process.geteuid && {};
  return canStartAs(NOBODY) ? { uid: NOBODY } : undefined;
}
