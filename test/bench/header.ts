/**
 * Parses a header of 500,000 tensors (about 59 MB) with `parseHeader`, and the same bytes with `JSON.parse`
 * alone, in turns, and prints medians and their ratio. Run: npx tsx test/bench/header.ts [runs]
 */
import { performance } from "node:perf_hooks";
import { parseHeader } from "../../src/tensors/header.js";

const TENSORS = 500_000;
const LAYERS = 120;
const RUNS = Math.max(7, Number(process.argv[2] ?? 7));

const header = expertHeader();
const text = new TextDecoder().decode(header);
const fileSize = 8 + header.length + TENSORS * 4;

const contenders: readonly (readonly [string, () => unknown])[] = [
  ["JSON.parse of the text", () => JSON.parse(text)],
  ["JSON.parse of the bytes", () => JSON.parse(new TextDecoder().decode(header))],
  ["parseHeader of the bytes", () => parseHeader(header, fileSize, "bench.safetensors")],
];

console.log(
  `${TENSORS} tensors, ${(header.length / 1e6).toFixed(1)} MB, ${RUNS} runs, Node ${process.version}`,
);
const samples = contenders.map((): number[] => []);
for (let run = 0; run < RUNS; run++) {
  for (const [at, [, work]] of contenders.entries()) samples[at]!.push(timed(work));
}
const medians = samples.map(median);
for (const [at, [name]] of contenders.entries()) {
  console.log(`${name.padEnd(26)} median ${medians[at]!.toFixed(0)} ms  (${spread(samples[at]!)})`);
}
console.log(`ratio to JSON.parse of the text:  ${(medians[2]! / medians[0]!).toFixed(2)}`);
console.log(`ratio to JSON.parse of the bytes: ${(medians[2]! / medians[1]!).toFixed(2)}`);

/** A mixture-of-experts model as its official writer would lay it out. */
function expertHeader(): Uint8Array {
  const entries = Array.from({ length: TENSORS }, (_, at) => {
    const name = `model.layers.${at % LAYERS}.mlp.experts.${Math.floor(at / LAYERS)}.down_proj.weight_scale`;
    return `"${name}":{"dtype":"F32","shape":[1],"data_offsets":[${at * 4},${at * 4 + 4}]}`;
  });
  return new TextEncoder().encode(`{"__metadata__":{"format":"pt"},${entries.join(",")}}`);
}

function timed(work: () => unknown): number {
  globalThis.gc?.();
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
}
