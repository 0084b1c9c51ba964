/**
 * The main job, measured as whole processes on checkpoints that it makes itself:
 *   1. `merge --link hardlink` into 1.7 GB of random weights and into 17 GB of sparse ones, beside a program
 *      that reads and writes every byte once, and beside the recorded figures of the script it replaces;
 *   2. bytes read by `inspect`, `extract` and `merge` from the tensor files, by strace where it is installed;
 *   3. a command from start to result on a small checkpoint, beside `node -e 0`.
 * Run: npm run build && npx tsx test/bench/main-job.ts [rounds] [scratch folder, with 4 GB free]
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeBase, makeScales } from "./big-checkpoint.js";
import { interleaved, medianOf, runNode, type Sample } from "./medians.js";

/** The script that reads both checkpoints, loads the model and saves all of it again: measured on 1.7 GB. */
const SCRIPT: Sample = { seconds: 11.1, mebibytes: 1980 };

const ROUNDS = Number(process.argv[2] ?? 9);
const KVSCALE = resolve(import.meta.dirname, "../../bin/kvscale.js");
const SMALL = resolve(import.meta.dirname, "../../fixtures/checkpoints/autofp8");
const scratch = mkdtempSync(join(process.argv[3] ?? tmpdir(), "kvscale-bench-"));
const [base, large, scales] = ["base", "large", "scales.safetensors"].map((name) => join(scratch, name));

try {
  makeBase(base!, 1.7e9, 4, false);
  makeBase(large!, 17e9, 8, true);
  makeScales(scales!);
  benchMerge();
  countBytes();
  benchStart();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function benchMerge(): void {
  const merge = (from: string) => () => {
    const out = join(scratch, "out");
    const sample = runNode([
      KVSCALE,
      "merge",
      from,
      "--from",
      scales!,
      "-o",
      out,
      "--link",
      "hardlink",
      "-q",
    ]);
    rmSync(out, { recursive: true });
    return sample;
  };
  const samples = interleaved(
    ROUNDS,
    new Map([
      ["merge, 1.7 GB, hard links", merge(base!)],
      ["merge, 17 GB sparse, hard links", merge(large!)],
    ]),
  );
  const copies = interleaved(Math.min(3, ROUNDS), new Map([["read and write 1.7 GB once", copyAll]]));
  for (const [name, runs] of [...samples, ...copies]) tell(name, medianOf(runs));
  const ours = medianOf(samples.get("merge, 1.7 GB, hard links")!);
  const ratio = (SCRIPT.seconds / ours.seconds).toFixed(0);
  const share = (SCRIPT.mebibytes / ours.mebibytes).toFixed(1);
  console.log(
    `recorded script: ${SCRIPT.seconds} s, ${SCRIPT.mebibytes} MiB: ${ratio} × as long, ${share} × the memory`,
  );
}

/** What no tool that saves the whole model again can undercut. */
function copyAll(): Sample {
  const copy = `const fs=require("fs");const [a,b]=process.argv.slice(1);fs.mkdirSync(b);
    (async()=>{for(const f of fs.readdirSync(a))await require("stream/promises").pipeline(
    fs.createReadStream(a+"/"+f,{highWaterMark:1<<20}),fs.createWriteStream(b+"/"+f));})()`;
  const out = join(scratch, "copy");
  const sample = runNode(["-e", copy, base!, out]);
  rmSync(out, { recursive: true });
  return sample;
}

function countBytes(): void {
  if (spawnSync("strace", ["-V"]).status !== 0) {
    console.log("bytes read: not counted, strace is not installed");
    return;
  }
  const out = join(scratch, "traced");
  const commands = [
    ["inspect", base!],
    ["extract", base!],
    ["merge", base!, "--from", scales!, "-o", out, "--link", "hardlink"],
  ];
  const headers = headerBytes();
  console.log(`the headers of the weights' files have ${headers} bytes; read from these files by`);
  for (const command of commands) {
    const read = tracedReads(command);
    console.log(`  ${command[0]}: ${read} bytes`);
  }
}

/** Sums what was returned by calls that read the base's shards; a log for each thread, so that no line is cut. */
function tracedReads(command: readonly string[]): number {
  const logs = mkdtempSync(join(scratch, "trace-"));
  const calls = "trace=read,pread64,preadv,preadv2,readv,copy_file_range,sendfile,mmap";
  const strace = ["-ff", "-y", "-e", calls, "-o", join(logs, "log")];
  spawnSync("strace", [...strace, process.execPath, KVSCALE, ...command, "-q"]);
  const lines = readdirSync(logs).flatMap((log) => readFileSync(join(logs, log), "utf8").split("\n"));
  const ours = lines.filter((line) => /-of-\d{5}\.safetensors>/.test(line));
  return ours.reduce((sum, line) => sum + Number(/= (\d+)$/.exec(line)?.[1] ?? 0), 0);
}

function headerBytes(): number {
  const shards = [1, 2, 3, 4].map((n) => join(base!, `model-0000${n}-of-00004.safetensors`));
  return shards.reduce((sum, path) => sum + 8 + headerLengthOf(path), 0);
}

function headerLengthOf(path: string): number {
  const file = openSync(path, "r");
  const prefix = Buffer.alloc(8);
  readSync(file, prefix);
  closeSync(file);
  return Number(prefix.readBigUInt64LE());
}

function benchStart(): void {
  const samples = interleaved(
    ROUNDS,
    new Map([
      ["node -e 0", () => runNode(["-e", "0"])],
      ["kvscale --version", () => runNode([KVSCALE, "--version"])],
      ["kvscale inspect, small", () => runNode([KVSCALE, "inspect", SMALL, "-q"])],
    ]),
  );
  const bare = medianOf(samples.get("node -e 0")!);
  for (const [name, runs] of samples) {
    const sample = medianOf(runs);
    console.log(
      `${name.padEnd(34)} ${sample.seconds.toFixed(3)} s, ${(sample.seconds / bare.seconds).toFixed(2)} × bare node`,
    );
  }
}

function tell(name: string, { seconds, mebibytes }: Sample): void {
  console.log(`${name.padEnd(34)} ${seconds.toFixed(3)} s, ${mebibytes.toFixed(0)} MiB`);
}
