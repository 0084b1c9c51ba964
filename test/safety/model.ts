import { join } from "node:path";
import { apply } from "../../src/checkpoint/apply.js";
import type { LinkMode } from "../../src/checkpoint/keeping.js";
import { directorySource } from "../../src/checkpoint/local.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import type { Plan } from "../../src/plan/plan.js";
import { sampleFiles, samplePlan } from "../checkpoint/sample.js";
import { fingerprint, heardIo, scratchFolder, writeTree } from "../checkpoint/scratch.js";

/** An output that waits for the disk. */
export const target = (path: string, link: LinkMode, force = false) => ({ path, link, force, fsync: true });

/** One merge in this process. */
export async function merge(
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
export async function model(big: number) {
  const inputs = await writeTree(
    join(await scratchFolder(), "model"),
    sampleFiles().set("big.bin", new Uint8Array(big)),
  );
  return { inputs, source: await directorySource(inputs), before: await fingerprint(inputs) };
}

/** The sample's plan with one more step, which brings `big.bin`. */
export function bigPlan(size: number, kind: "keep" | "stream" | "write" = "keep"): Plan {
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
