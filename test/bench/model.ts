/**
 * The layer-streaming forward pass on random Llamas: tokens per second and peak memory of whole processes,
 *   1. 0.85 B parameters (hidden 2048, 16 layers, 1.7 GB), 512 tokens, in BF16 and in float32, alone and with an FP8
 *      candidate beside it;
 *   2. 7 B-shaped (hidden 4096, 32 layers, 13 GB), 64 tokens, to show that memory follows the layer, not the model.
 * Beside them, where PyTorch and transformers are installed, the same checkpoint through transformers on the CPU in BF16.
 * Run: npx tsx test/bench/model.ts [rounds] [scratch folder, with 16 GB free] [small|large]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeLlama } from "./random-llama.js";

const SMALL = { hidden: 2048, width: 5632, layers: 16, heads: 32, kvHeads: 8, vocabulary: 32_000 };
const LARGE = { hidden: 4096, width: 11_008, layers: 32, heads: 32, kvHeads: 32, vocabulary: 32_000 };

const ROUNDS = Number(process.argv[2] ?? 5);
const only = process.argv[4];
const scratch = mkdtempSync(join(process.argv[3] ?? tmpdir(), "kvscale-bench-"));

interface Pass {
  readonly tokensPerSecond: number;
  readonly mebibytes: number;
}

const PYTHON = `
import json, resource, sys, time, torch
from transformers import AutoModelForCausalLM
torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.bfloat16).eval()
ids = torch.arange(int(sys.argv[2]))[None] * 7919 % model.config.vocab_size
with torch.inference_mode():
    begin = time.perf_counter(); model(ids, use_cache=False); seconds = time.perf_counter() - begin
print(json.dumps({"tokensPerSecond": int(sys.argv[2]) / seconds, "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
`;

try {
  if (only !== "large") {
    const passes: [string, () => Pass | undefined][] = [
      ["bfloat16", () => ours("small", "bfloat16", 512, 0)],
      ["bfloat16, with one FP8 candidate", () => ours("small", "bfloat16", 512, 1)],
      ["float32", () => ours("small", "float32", 512, 0)],
      ["transformers, bfloat16, 2 threads", () => transformers("small", 512)],
    ];
    bench("small", makeLlama(join(scratch, "small"), SMALL), ROUNDS, passes);
  }
  if (only !== "small") {
    const passes: [string, () => Pass | undefined][] = [["bfloat16", () => ours("large", "bfloat16", 64, 0)]];
    bench("large", makeLlama(join(scratch, "large"), LARGE), 1, passes);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function bench(
  name: string,
  bytes: number,
  rounds: number,
  passes: [string, () => Pass | undefined][],
): void {
  const layer = statSync(join(scratch, name, "model-1.safetensors")).size;
  console.log(
    `${name}: ${(bytes / 1e9).toFixed(2)} GB of weights, ${(layer / 2 ** 20).toFixed(0)} MiB a layer`,
  );
  const results = passes.map((): Pass[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, [, pass]] of passes.entries())
      results[at]!.push(...[pass()].flatMap((result) => result ?? []));
  }
  for (const [at, [title]] of passes.entries()) {
    const own = results[at]!;
    if (own.length === 0) console.log(`  ${title}: not installed here`);
    else
      console.log(
        `  ${title}: ${median(own, "tokensPerSecond").toFixed(1)} tokens/s, peak ${median(own, "mebibytes").toFixed(0)} MiB`,
      );
  }
}

function ours(name: string, precision: string, tokens: number, candidates: number): Pass {
  const pass = join(import.meta.dirname, "model-pass.ts");
  const args = ["--import", "tsx", pass, join(scratch, name), precision, String(tokens), String(candidates)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function transformers(name: string, tokens: number): Pass | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", PYTHON, join(scratch, name), String(tokens)], {
    encoding: "utf8",
  });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

function median(passes: readonly Pass[], of: keyof Pass): number {
  return passes.map((pass) => pass[of]).sort((a, b) => a - b)[Math.floor(passes.length / 2)]!;
}
