/**
 * Feeds made-up files to the header reader: valid ones in odd spellings, files of our own writer, nearly valid
 * ones, and broken bytes.
 * Anything thrown that is no Refusal ends the run with the case in hexadecimal.
 *
 *   npx tsx test/fuzz/header.ts --count 1000000 --seed 1 [--oracle "PROGRAM ARGS"] [--corpus DIR]
 *
 * --corpus adds changed copies of the .safetensors files of a folder.
 * --oracle compares each verdict with that of another reader. The program gets cases on standard input until
 * it ends, each as its length (4 bytes, little-endian) and the bytes of a whole file, and answers with 5 bytes
 * a case: 1 for accepted or 0, and a digest (4 bytes, little-endian; `digestOf` in judge.ts says of what), or 0.
 * It is started once for every batch. The one difference that is meant, a tensor name given twice, is counted;
 * any other is printed, and makes the exit code 1.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzzCase, mutatedCase, writtenCase } from "./cases.js";
import { Dice } from "./dice.js";
import { judge, type Verdict } from "./judge.js";

const BATCH = 25_000;
const MOST_SHOWN = 20;

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    oracle: { type: "string" },
    corpus: { type: "string" },
  },
});
Error.stackTraceLimit = 0;
const corpus = values.corpus === undefined ? [] : readCorpus(values.corpus);
const tally = new Map<string, number>();
let differences = 0;
let slowest = { ms: 0, seed: 0 };

const count = Number(values.count);
for (let done = 0; done < count; done += BATCH)
  runBatch(Number(values.seed) + done, Math.min(BATCH, count - done));
report();

function runBatch(firstSeed: number, size: number): void {
  const files = Array.from({ length: size }, (_, at) => makeCase(firstSeed + at));
  const verdicts = files.map((file, at) => timedVerdict(file, firstSeed + at));
  if (values.oracle !== undefined) compare(values.oracle, files, verdicts, firstSeed);
}

function makeCase(seed: number): Uint8Array {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1));
  if (dice.once(10)) return ownFile(dice);
  return corpus.length > 0 && dice.once(3) ? mutatedCase(dice, dice.pick(corpus)) : fuzzCase(dice);
}

/** A file that we wrote, which we must read. */
function ownFile(dice: Dice): Uint8Array {
  const file = writtenCase(dice);
  const verdict = judge(file);
  if (!verdict.accepted) throw new Error(`our own file is refused: ${verdict.code}`);
  add("(written by us)");
  return file;
}

function timedVerdict(file: Uint8Array, seed: number): Verdict {
  const start = performance.now();
  try {
    const verdict = judge(file);
    add(verdict.accepted ? "accepted" : verdict.code);
    return verdict;
  } catch (error) {
    console.error(`seed ${seed}: ${Buffer.from(file).toString("hex")}`);
    throw error;
  } finally {
    const ms = performance.now() - start;
    if (ms > slowest.ms) slowest = { ms, seed };
  }
}

function compare(
  oracle: string,
  files: readonly Uint8Array[],
  verdicts: readonly Verdict[],
  firstSeed: number,
): void {
  const input = Buffer.concat(files.flatMap((file) => [lengthOf(file), file]));
  const { stdout, status, error } = spawnSync(oracle, {
    shell: true,
    input,
    maxBuffer: files.length * 5 + 1,
  });
  if (error !== undefined || status !== 0 || stdout.length !== files.length * 5) {
    throw (
      error ??
      new Error(`the oracle ended with ${status} after ${stdout.length / 5} of ${files.length} answers`)
    );
  }
  verdicts.forEach((verdict, at) => {
    const accepted = stdout.readUInt8(at * 5) === 1;
    const digest = stdout.readUInt32LE(at * 5 + 1);
    if (accepted && !verdict.accepted && verdict.code === "tensor-twice")
      add("(oracle takes a name given twice)");
    else if (accepted !== verdict.accepted || (verdict.accepted && verdict.digest !== digest)) {
      differ(files[at]!, verdict, accepted, firstSeed + at);
    }
  });
}

function differ(file: Uint8Array, verdict: Verdict, accepted: boolean, seed: number): void {
  if (++differences > MOST_SHOWN) return;
  const ours = verdict.accepted ? "accepted" : verdict.code;
  console.log(`seed ${seed}: ours ${ours}, oracle ${accepted ? "accepted" : "refused"}`);
  console.log(`  ${JSON.stringify(Buffer.from(file).toString("latin1"))}`);
}

function lengthOf(file: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(file.length);
  return length;
}

function readCorpus(folder: string): Uint8Array[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  return names.map((name) => readFileSync(join(folder, name))).filter((file) => file.length >= 8);
}

function add(what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

function report(): void {
  for (const [what, times] of [...tally].sort((a, b) => b[1] - a[1]))
    console.log(`${String(times).padStart(10)}  ${what}`);
  console.log(`slowest case ${slowest.ms.toFixed(1)} ms (seed ${slowest.seed})`);
  if (values.oracle === undefined) return;
  console.log(`${count} cases, ${differences} differences beyond names given twice`);
  process.exitCode = differences === 0 ? 0 : 1;
}
