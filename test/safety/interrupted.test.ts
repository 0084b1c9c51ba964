import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import type { Plan, Step } from "../../src/plan/plan.js";
import { sampleFiles, samplePlan, text } from "../checkpoint/sample.js";
import { fingerprint, scratchFolder, writeTree } from "../checkpoint/scratch.js";
import { mergeProgram } from "./child.js";
import { printPlan } from "./plan-text.js";

const program = mergeProgram();

/** Large enough to be copied in several chunks. */
const BIG = new Uint8Array(10 * 1024 * 1024).fill(7);

describe("a merge that is interrupted", () => {
  it.each([
    ["SIGINT", "while it copies", "keep", EXIT.interrupted],
    ["SIGTERM", "while it copies", "keep", EXIT.terminated],
    ["SIGINT", "while it puts a file together", "stream", EXIT.interrupted],
  ] as const)("by %s %s leaves nothing", async (interruptAt, _when, step, code) => {
    const folder = await scratchFolder();
    const source = await writeTree(join(folder, "model"), sampleFiles().set("big.bin", BIG));
    await writeTree(join(folder, "results"), new Map([["other", text("x")]]));
    const before = await fingerprint(folder);
    const order = { source, out: join(folder, "results/a/out"), link: "copy", force: false } as const;
    const end = await program.run({ ...order, interruptAt, plan: printPlan(planWith(step)) });
    expect([end.code, end.out, end.err]).toEqual([code, "", ""]);
    expect(await fingerprint(folder)).toEqual(before);
    expect(await readdir(join(folder, "results"))).toEqual(["other"]);
  });
});

function planWith(kind: "keep" | "stream"): Plan {
  const size = BIG.length;
  const big: Step =
    kind === "keep"
      ? { step: "keep", path: "big.bin", as: "big.bin", size }
      : { step: "stream", path: "big.bin", pieces: [{ from: "big.bin", range: [0, size] }], size, why: "" };
  return { ...samplePlan(), steps: [...samplePlan().steps, big] };
}
