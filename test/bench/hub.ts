/**
 * `extract` from a Llama-70B of 30 sparse shards on the fake Hub, every answer delayed: requests and bytes a shard,
 * and wall time of whole processes beside parseSafetensorsMetadata of @huggingface/hub, which reads the headers alone.
 * Run: npm run build && npx tsx test/bench/hub.ts [rounds] [latency in ms]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";

interface Asked {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly bytesOut: number;
}

interface Run {
  readonly seconds: number;
  readonly asked: readonly Asked[];
}

const ROUNDS = Number(process.argv[2] ?? 5);
const LATENCY = process.argv[3] ?? "50";
const SHARDS = 30;
const KVSCALE = resolve(import.meta.dirname, "../../bin/kvscale.js");
const scratch = mkdtempSync(join(tmpdir(), "kvscale-bench-"));

const server = spawn(
  process.execPath,
  ["--import", "tsx", join(import.meta.dirname, "hub-server.ts"), LATENCY, "/hub"],
  {
    stdio: ["pipe", "pipe", "inherit"],
  },
);
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
const endpoint: string = (await lines.next()).value;
const env = { ...process.env, HF_ENDPOINT: endpoint, HF_HUB_CACHE: scratch, HF_HOME: scratch, HF_TOKEN: "" };

const LIBRARY = `
  import { parseSafetensorsMetadata } from "@huggingface/hub";
  const found = await parseSafetensorsMetadata({ repo: "org/fp8", hubUrl: process.env.HF_ENDPOINT });
  if (Object.keys(found.headers).length !== ${SHARDS}) throw new Error("not all shards");`;

const contenders = new Map([
  [
    "kvscale extract -o",
    [KVSCALE, "extract", "org/fp8", "-o", join(scratch, "scales.safetensors"), "--force", "-q"],
  ],
  ["kvscale inspect", [KVSCALE, "inspect", "org/fp8", "-q"]],
  ["parseSafetensorsMetadata", ["--input-type=module", "-e", LIBRARY]],
  ["import of @huggingface/hub alone", ["--input-type=module", "-e", 'import "@huggingface/hub"']],
  ["node -e 0", ["-e", "0"]],
]);

try {
  const runs = new Map([...contenders.keys()].map((name): [string, Run[]] => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, argv] of contenders) runs.get(name)!.push(await timed(argv));
  for (const [name, all] of runs) report(name, all);
} finally {
  server.stdin.end();
  rmSync(scratch, { recursive: true, force: true });
}

async function timed(argv: readonly string[]): Promise<Run> {
  const begin = performance.now();
  const child = spawn(process.execPath, argv, { env, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "close");
  const seconds = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`exit ${code}: ${argv.join(" ").slice(0, 80)}`);
  server.stdin.write("\n");
  return { seconds, asked: JSON.parse((await lines.next()).value) };
}

function report(name: string, runs: readonly Run[]): void {
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
  const { asked } = runs[0]!;
  const objects = asked.filter(({ operation }) => operation === "object");
  const byShard = new Map<string, Asked[]>();
  for (const one of objects) byShard.set(one.path, [...(byShard.get(one.path) ?? []), one]);
  const bytes = [...byShard.values()].map((all) => all.reduce((sum, { bytesOut }) => sum + bytesOut, 0));
  const hub = asked.filter(({ path }) => path.includes(".safetensors") && !path.includes(".json"));
  process.stdout.write(
    `${name}: ${seconds[Math.floor(seconds.length / 2)]!.toFixed(2)} s (${seconds[0]!.toFixed(2)} to ${seconds.at(-1)!.toFixed(2)})` +
      `, ${asked.length} requests, ${(asked.reduce((sum, { bytesOut }) => sum + bytesOut, 0) / 1e6).toFixed(2)} MB` +
      (byShard.size === 0
        ? "\n"
        : `; a shard: ${hub.length / SHARDS} at the Hub and ${objects.length / SHARDS} at the storage server, at most ${Math.max(...bytes)} bytes\n`),
  );
}
