import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plannedSource } from "../../src/checkpoint/planned.js";
import type { CheckpointSource } from "../../src/checkpoint/source.js";
import { convert } from "../../src/operations/convert.js";
import { type Deps, localDeps } from "../../src/operations/deps.js";
import { type MergeInput, merge } from "../../src/operations/merge.js";
import { strip } from "../../src/operations/strip.js";
import { checkpoint, filesOf, scratch, unheard, writing } from "../operations/desk.js";

describe("a plan seen as a checkpoint", () => {
  const merged = (input: Partial<MergeInput>) => (out: string, deps: Deps) =>
    merge(
      { base: checkpoint("base-indexed"), from: checkpoint("quark"), writing: writing(out), ...input },
      unheard,
      deps,
    );

  it.each<[string, (out: string, deps: Deps) => Promise<unknown>]>([
    ["a merge", merged({})],
    ["a merge of a single file", merged({ base: checkpoint("base-single") })],
    ["a merge into a single file", merged({ singleFile: true })],
    ["a merge for a JSON reader", merged({ engine: "lightllm" })],
    ["a merge that replaces", merged({ base: checkpoint("tgi-2028"), replace: true })],
    [
      "a conversion",
      (out, deps) =>
        convert({ ref: checkpoint("modelopt-fp8"), engine: "vllm", writing: writing(out) }, unheard, deps),
    ],
    ["a strip", (out, deps) => strip({ ref: checkpoint("angelslim"), writing: writing(out) }, unheard, deps)],
  ])("%s holds the files and bytes that are then written", async (_what, work) => {
    const out = join(await scratch(), "out");
    const { deps, seen } = watching();
    await work(out, deps);
    expect(await seen()).toEqual(await filesOf(out));
  });
});

/** Local files, and the plan that the sink was given, as a checkpoint. */
function watching() {
  let planned: CheckpointSource | undefined;
  const deps: Deps = {
    ...localDeps,
    sink: async (target, sources, io) => {
      const sink = await localDeps.sink(target, sources, io);
      const begin = sink.begin.bind(sink);
      sink.begin = (plan, source, heard) => {
        planned = plannedSource(plan, source, "planned");
        return begin(plan, source, heard);
      };
      return sink;
    },
  };
  return { deps, seen: () => contents(planned!) };
}

async function contents(source: CheckpointSource): Promise<Map<string, string>> {
  const { signal } = unheard;
  const files = (await source.list(signal)).map(async ({ path, size }) => {
    const [bytes] = await source.read(path, [[0, size]], signal);
    return [path, Buffer.from(bytes!).toString("hex")] as const;
  });
  return new Map(await Promise.all(files));
}
