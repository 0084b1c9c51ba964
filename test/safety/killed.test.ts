import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { apply } from "../../src/checkpoint/apply.js";
import { inParallel } from "../../src/checkpoint/in-parallel.js";
import { directorySource } from "../../src/checkpoint/local.js";
import { localSink } from "../../src/checkpoint/local-sink.js";
import { isRefusal } from "../../src/errors.js";
import { mergedFiles, sampleFiles, samplePlan, tensorFile, text } from "../checkpoint/sample.js";
import { fingerprint, heardIo, readTree, scratchFolder, writeTree } from "../checkpoint/scratch.js";
import { mergeProgram } from "./child.js";
import { printPlan } from "./plan-text.js";
import type { MergeOrder } from "./run-merge.js";

const program = mergeProgram();

interface Scene {
  readonly link: MergeOrder["link"];
  /** What stands at the target before the run. */
  readonly standing: ReadonlyMap<string, Uint8Array>;
}

const SCENES: Readonly<Record<string, Scene>> = {
  "copying, where nothing stands": { link: "copy", standing: new Map() },
  "linking, over an earlier output": {
    link: "hardlink",
    standing: new Map([
      ["out/config.json", text('{"old": true}')],
      ["out/model.safetensors", tensorFile({ old: [1] })],
      ["out/sub/x.txt", text("old")],
    ]),
  },
};

describe("a merge that is killed (SIGKILL) at each of its file operations", () => {
  it.each(Object.entries(SCENES))(
    "leaves the old or the new whole: %s",
    async (_, { link, standing }) => {
      const bench = await scratchFolder();
      const operations = await operationsOf(await place(bench, "count", standing, link));
      const states = await inParallel(killPoints(operations), 3, async (killAt) => {
        return judge(await place(bench, String(killAt), standing, link), killAt, standing);
      });
      expect(states[0]).toBe("before");
      expect(states.at(-1)).toBe("new");
      expect(states.filter((state) => state === "waiting")).toHaveLength(standing.size === 0 ? 0 : WINDOW);
    },
    PATIENCE,
  );
});

/** Distinct states of the disk between the two renames of a replacement. */
const WINDOW = 1;

/** Over a hundred processes, one after the other, on a machine that may be busy. */
const PATIENCE = 240_000;

/** Operations that leave the disk as it is. */
const LOOKING = new Set(["lstat", "stat", "realpath", "readdir", "statfs", "read"]);

/**
 * Numbers of the operations before which to kill. After operations that only look, the disk is as it was, so one
 * kill stands for all of a row of them.
 */
function killPoints(operations: readonly string[]): number[] {
  const points = operations.map((_name, i) => i + 1);
  return points.filter((point) => point === 1 || !LOOKING.has(operations[point - 2]!));
}

async function operationsOf(order: MergeOrder): Promise<string[]> {
  const { code, err } = await program.run(order, { killAt: 0 });
  expect([code, await treeAt(order.out)]).toEqual([0, mergedFiles()]);
  return err.split(" ");
}

/** A fresh input and target for one run. */
async function place(
  bench: string,
  name: string,
  standing: ReadonlyMap<string, Uint8Array>,
  link: MergeOrder["link"],
): Promise<MergeOrder> {
  const folder = join(bench, name);
  await mkdir(join(folder, "results"), { recursive: true });
  const source = await writeTree(join(folder, "model"), sampleFiles());
  await writeTree(join(folder, "results"), standing);
  return { source, out: join(folder, "results/out"), link, force: true, plan: printPlan(samplePlan()) };
}

/**
 * Kills one run, checks what is left, then runs again to the end and checks that nothing of the first one remains.
 * Answers which of the allowed states it found.
 */
async function judge(
  order: MergeOrder,
  killAt: number,
  standing: ReadonlyMap<string, Uint8Array>,
): Promise<"before" | "new" | "waiting"> {
  const inputs = await fingerprint(order.source);
  const end = await program.run(order, { killAt });
  expect([killAt, end.signal, end.err]).toEqual([killAt, "SIGKILL", ""]);
  expect(await fingerprint(order.source)).toEqual(inputs);
  const state = await stateOf(order, standing);
  if (state === "waiting") await expectPutBack(order, standing);
  await mergeHere(order);
  expect(await treeAt(order.out)).toEqual(mergedFiles());
  expect(await readdir(join(order.out, ".."))).toEqual(["out"]);
  expect(await fingerprint(order.source)).toEqual(inputs);
  return state;
}

async function stateOf(order: MergeOrder, standing: ReadonlyMap<string, Uint8Array>) {
  const old = oldTree(standing);
  const tree = await treeAt(order.out);
  if (same(tree, mergedFiles())) return "new";
  if (same(tree, old)) return "before";
  expect(tree).toBeUndefined();
  const names = await readdir(join(order.out, ".."));
  const backup = names.find((name) => name.endsWith("-old"));
  expect(await treeAt(join(order.out, "..", backup ?? "no backup"))).toEqual(old);
  return "waiting";
}

/** The window between the two renames of a replacement: any next run, forced or not, first restores the old. */
async function expectPutBack(order: MergeOrder, standing: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const refused = await mergeHere({ ...order, force: false }).catch((error) => error);
  expect(isRefusal(refused) && refused.code).toBe("target-exists");
  expect(await treeAt(order.out)).toEqual(oldTree(standing));
}

async function mergeHere({ source: folder, out, link, force }: MergeOrder): Promise<void> {
  const io = heardIo();
  const source = await directorySource(folder);
  await apply(
    samplePlan(),
    source,
    await localSink({ path: out, link, force, fsync: false }, [source], io),
    io,
  );
}

function oldTree(standing: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> | undefined {
  if (standing.size === 0) return undefined;
  return new Map([...standing].map(([path, bytes]) => [path.slice("out/".length), bytes]));
}

async function treeAt(folder: string): Promise<Map<string, Uint8Array> | undefined> {
  return readTree(folder).catch(() => undefined);
}

function same(a: Map<string, Uint8Array> | undefined, b: Map<string, Uint8Array> | undefined): boolean {
  const print = (tree: typeof a) =>
    tree && JSON.stringify([...tree].map(([path, bytes]) => [path, [...bytes]]));
  return print(a) === print(b);
}
