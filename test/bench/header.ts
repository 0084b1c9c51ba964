/**
 * Reads a header (59 MB) and an index (49 MB) of 500,000 tensors each, in turns with `JSON.parse` alone on
 * the same text, and prints medians and their ratio. Run: npx tsx test/bench/header.ts [runs]
 */
import { performance } from "node:perf_hooks";
import { parseHeader } from "../../src/tensors/header.js";
import { parseIndex } from "../../src/tensors/shards.js";

const TENSORS = 500_000;
const LAYERS = 120;
const RUNS = Math.max(7, Number(process.argv[2] ?? 7));

const header = encode(expertHeader());
const fileSize = 8 + header.length + TENSORS * 4;
const index = encode(expertIndex());

console.log(`${TENSORS} tensors, ${RUNS} runs each, Node ${process.version}`);
compare("header", header, () => parseHeader(header, fileSize, "bench.safetensors").tensors.size);
compare("index", index, () => parseIndex(new TextDecoder().decode(index), "index.json").weightMap.size);

/** Runs both in turns. Our side starts from bytes and `JSON.parse` from text, which favours the latter. */
function compare(what: string, bytes: Uint8Array, ours: () => number): void {
  const text = new TextDecoder().decode(bytes);
  const samples: Record<"theirs" | "ours", number[]> = { theirs: [], ours: [] };
  for (let run = 0; run < RUNS; run++) {
    samples.theirs.push(timed(() => JSON.parse(text)));
    samples.ours.push(timed(ours));
  }
  console.log(`${what}, ${(bytes.length / 1e6).toFixed(1)} MB`);
  console.log(`  JSON.parse  ${summary(samples.theirs)}`);
  console.log(`  kvscale     ${summary(samples.ours)}`);
  console.log(`  ratio       ${(median(samples.ours) / median(samples.theirs)).toFixed(2)}`);
}

/** A mixture-of-experts model as its official writer would lay it out. */
function expertHeader(): string {
  const entries = Array.from({ length: TENSORS }, (_, at) => {
    return `"${tensorName(at)}":{"dtype":"F32","shape":[1],"data_offsets":[${at * 4},${at * 4 + 4}]}`;
  });
  return `{"__metadata__":{"format":"pt"},${entries.join(",")}}`;
}

function expertIndex(): string {
  const entries = Array.from({ length: TENSORS }, (_, at) => {
    return `    "${tensorName(at)}": "model-${String((at % 90) + 1).padStart(5, "0")}-of-00090.safetensors"`;
  });
  return `{\n  "metadata": {"total_size": 2000000},\n  "weight_map": {\n${entries.join(",\n")}\n  }\n}\n`;
}

function tensorName(at: number): string {
  return `model.layers.${at % LAYERS}.mlp.experts.${Math.floor(at / LAYERS)}.down_proj.weight_scale`;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function summary(values: readonly number[]): string {
  return `median ${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
