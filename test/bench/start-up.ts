/**
 * From the start of the program to its result, for small checkpoints: each command in turns with `node -e 0`, medians and
 * their ratio to it. Run after `npm run build`: npx tsx test/bench/start-up.ts [RUNS [FOLDER OF AN INSTALLED PACKAGE]]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";

const ROOT = resolve(import.meta.dirname, "../..");
const RUNS = Math.max(3, Number(process.argv[2] ?? 15));
const PROGRAM = join(resolve(process.argv[3] ?? ROOT), "bin/kvscale.js");
const CHECKPOINTS = join(ROOT, "fixtures/checkpoints");
const FP8 = join(CHECKPOINTS, "modelopt-fp8");

const folder = mkdtempSync(join(tmpdir(), "kvscale-start-up-"));
const MERGE = [
  "merge",
  join(CHECKPOINTS, "base-indexed"),
  "--from",
  FP8,
  "-o",
  join(folder, "out"),
  "--force",
];

const CONTENDERS = new Map([
  ["node -e 0", ["-e", "0"]],
  ["kvscale --version", [PROGRAM, "--version"]],
  ["kvscale inspect", [PROGRAM, "inspect", FP8]],
  ["kvscale merge", [PROGRAM, ...MERGE]],
  ["kvscale merge --no-fsync", [PROGRAM, ...MERGE, "--no-fsync"]],
]);

try {
  tell(measured());
} finally {
  rmSync(folder, { recursive: true });
}

/** Milliseconds of each contender, one a round; the round before the first fills the caches and is not counted. */
function measured(): Map<string, number[]> {
  const samples = new Map([...CONTENDERS.keys()].map((name): [string, number[]] => [name, []]));
  for (let round = 0; round <= RUNS; round++) {
    for (const [name, args] of CONTENDERS) {
      const milliseconds = timed(args);
      if (round > 0) samples.get(name)!.push(milliseconds);
    }
  }
  return samples;
}

function timed(args: readonly string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const milliseconds = performance.now() - begin;
  if (status !== 0) throw new Error(`node ${args.join(" ")}: exit ${status}\n${stderr}`);
  return milliseconds;
}

function tell(samples: ReadonlyMap<string, readonly number[]>): void {
  const bare = median(samples.get("node -e 0")!);
  console.log(
    `Node ${process.version}, ${RUNS} runs each, milliseconds: median, least, median to that of node -e 0`,
  );
  for (const [name, values] of samples) {
    const middle = median(values);
    const figures = [middle.toFixed(0), Math.min(...values).toFixed(0), (middle / bare).toFixed(2)];
    console.log(name.padEnd(26) + figures.map((figure) => figure.padStart(7)).join(""));
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
