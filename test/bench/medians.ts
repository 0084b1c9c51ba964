import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/** One finished process: wall seconds and the most memory it held, in MiB. */
export interface Sample {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** Prints its own peak memory as the last line of stderr when a process of Node ends. */
const PEAK = 'process.on("exit",()=>process.stderr.write("\\npeak "+process.resourceUsage().maxRSS))';

/** Runs `node ARGS` to its end and measures it as a whole. Throws when it fails. */
export function runNode(args: readonly string[]): Sample {
  const hook = `data:text/javascript,${encodeURIComponent(PEAK)}`;
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--import", hook, ...args], { encoding: "utf8" });
  const seconds = (performance.now() - begin) / 1000;
  if (status !== 0) throw new Error(`node ${args.join(" ")}: exit ${status}\n${stderr}`);
  return { seconds, mebibytes: Number(stderr.split("peak ").at(-1)) / 1024 };
}

/** Runs every contender once a round, so that a noisy moment falls on all of them. */
export function interleaved(
  rounds: number,
  contenders: ReadonlyMap<string, () => Sample>,
): Map<string, Sample[]> {
  const samples = new Map([...contenders.keys()].map((name): [string, Sample[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of contenders) samples.get(name)!.push(run());
  }
  return samples;
}

/** The middle sample of each figure. */
export function medianOf(samples: readonly Sample[]): Sample {
  return {
    seconds: median(samples.map((sample) => sample.seconds)),
    mebibytes: median(samples.map((sample) => sample.mebibytes)),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
