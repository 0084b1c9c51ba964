import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/errors.js";
import { mergedFiles, sampleFiles, samplePlan, text } from "../checkpoint/sample.js";
import { fingerprint, readTree, scratchFolder, writeTree } from "../checkpoint/scratch.js";
import { ending, mergeProgram, says } from "./child.js";
import { printPlan } from "./plan-text.js";
import type { MergeOrder } from "./run-merge.js";

const program = mergeProgram();

describe("two merges into one target at once", () => {
  it.each([
    ["where nothing stands", false],
    ["where an empty directory stands", false],
    ["over an earlier output, both forced", true],
  ] as const)("one wins and the other refuses: %s", async (place, force) => {
    const folder = await scratchFolder();
    const source = await writeTree(join(folder, "model"), sampleFiles());
    if (force) await writeTree(join(folder, "results"), new Map([["out/config.json", text("old")]]));
    if (place.includes("empty")) await mkdir(join(folder, "results/out"), { recursive: true });
    const before = await fingerprint(source);
    const orders = ["first", "second"].map((mark) =>
      orderOf(join(folder, "results/out"), source, mark, force),
    );
    const children = orders.map((order) => program.start(order));
    await Promise.all(children.map((child) => says(child, "ready")));
    const endings = Promise.all(children.map(ending));
    for (const child of children) child.stdin.end("go\n");
    const ends = await endings;

    expect(ends.map(({ code }) => code).sort()).toEqual([EXIT.ok, EXIT.usage]);
    const [winner, loser] = ends[0]!.code === EXIT.ok ? ["first", 1] : ["second", 0];
    expect(ends[Number(loser)]!.out).toContain("target-exists");
    expect(await readTree(join(folder, "results/out"))).toEqual(marked(String(winner)));
    expect(await readdir(join(folder, "results"))).toEqual(["out"]);
    expect(await fingerprint(source)).toEqual(before);
  });
});

/** Both write the same files; the chat template tells whose they are. */
function orderOf(out: string, source: string, mark: string, force: boolean): MergeOrder {
  const plan = samplePlan();
  const steps = plan.steps.map((step) =>
    step.step === "write" && step.path === "config.json" ? { ...step, bytes: text(mark) } : step,
  );
  return { source, out, link: "copy", force, wait: true, plan: printPlan({ ...plan, steps }) };
}

function marked(mark: string): Map<string, Uint8Array> {
  return mergedFiles().set("config.json", text(mark));
}
