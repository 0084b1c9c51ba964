import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { findAddon } from "../../../src/backend/addon-file.js";
import { selectBackend } from "../../../src/backend/select.js";
import { openRef } from "../../../src/checkpoint/open.js";
import { readInventory } from "../../../src/checkpoint/read-inventory.js";
import { scoredRows, streamFigures } from "../../../src/model/perplexity.js";
import type { Fp8Format } from "../../../src/numeric/fp8.js";
import { deviation } from "../../../src/numeric/metrics.js";
import type { Reach, Stream } from "../../../src/runner/forward/stream.js";
import { quietIo } from "../../support/model/made-up.js";
import { EXACT, runCheckpoint } from "../../support/model/run-made-up.js";

const DATA = resolve(import.meta.dirname, "../../../../shared/data");
const GOLDEN = resolve(DATA, "golden");
const missing = !existsSync(GOLDEN) || "missing" in findAddon("cpu");

interface Golden {
  readonly nll_16bit_float32: number;
  readonly k_amax_per_head: readonly (readonly number[])[];
  readonly v_amax_per_head: readonly (readonly number[])[];
  readonly cases: Readonly<Record<string, { readonly nll: number; readonly top1_agreement: number }>>;
}

/**
 * Wider for one head of one layer: 1.1e-6 with float32 sums, 1.2e-6 with float64 sums, so that the two of ours are
 * nearer to one another than to PyTorch's float32.
 */
const REACH: ReadonlyMap<string, number> = new Map([["rand-llama31-rope", 1.5e-6]]);

const whole = ({ k, v }: Reach): Reach => ({ k: highest(k), v: highest(v) });
const highest = (of: Float32Array) => Float32Array.of(Math.max(...of));

/** The cases of the golden files: format, and scales from what the reference reaches. */
const CASES: readonly (readonly [name: string, format: Fp8Format, scales: (reach: Reach) => Reach])[] = [
  ["e4m3fn_amax", "float8_e4m3fn", (reach) => divided(whole(reach), 448)],
  ["e4m3fn_fused", "float8_e4m3fn", (reach) => fused(divided(whole(reach), 448))],
  ["e4m3fn_head", "float8_e4m3fn", (reach) => divided(reach, 448)],
  ["e4m3fn_unit", "float8_e4m3fn", () => ({ k: Float32Array.of(1), v: Float32Array.of(1) })],
  ["e4m3fn_quarter", "float8_e4m3fn", (reach) => divided(divided(whole(reach), 448), 4)],
  ["e4m3fnuz_amax", "float8_e4m3fnuz", (reach) => divided(divided(whole(reach), 448), 240 / 448)],
  ["e5m2_unit", "float8_e5m2", () => ({ k: Float32Array.of(1), v: Float32Array.of(1) })],
];

const KEPT: Stream = {
  name: "k16_v_e4m3fn_amax",
  cacheOf: (_, reach) => ({
    k: { type: "float32", scales: Float32Array.of(1) },
    v: { type: "float8_e4m3fn", scales: divided(whole(reach), 448).v },
    writer: "cuda",
  }),
};

const STREAMS: readonly Stream[] = [
  EXACT,
  ...CASES.map(([name, type, scales]): Stream => {
    return {
      name,
      cacheOf: (_, reach) => {
        const { k, v } = scales(reach);
        return { k: { type, scales: k }, v: { type, scales: v }, writer: "cuda" };
      },
    };
  }),
  KEPT,
];

describe.skipIf(missing)(
  "forward passes against transformers (skipped where ../shared or the CPU backend is missing)",
  () => {
    it.each([
      ...["tiny-llama", "rand-llama31-rope", "rand-mistral-window", "rand-qwen3", "rand-phi3", "rand-gemma2"],
    ])(
      "%s: logits, reach of K and V, and each way to quantise the cache",
      async (name) => {
        const golden = jsonOf<Golden>(`${name}.json`);
        const ids = Int32Array.from(jsonOf<number[]>(`${name}.tokens.json`));
        const { run, logits } = await runShared(name, ids, STREAMS);
        expect(deviation(goldenLogits(name), logits).relativeL2).toBeLessThan(2e-5);
        for (const [layer, { reach }] of run.layers.entries()) {
          for (const role of ["k", "v"] as const) {
            const expected = golden[`${role}_amax_per_head`][layer]!;
            for (const [head, amax] of reach[role].entries())
              expect(Math.abs(amax / expected[head]! - 1)).toBeLessThan(REACH.get(name) ?? 1e-6);
          }
        }
        const tokens = ids.length;
        const at = (stream: number) => ({
          nll: run.figures!.nll.subarray(stream * tokens, (stream + 1) * tokens),
          kl: run.figures!.kl.subarray(stream * tokens, (stream + 1) * tokens),
          top: run.figures!.top.subarray(stream * tokens, (stream + 1) * tokens),
        });
        const scored = scoredRows(run.targets);
        expect(Math.abs(streamFigures(at(0), at(0), scored).nll - golden.nll_16bit_float32)).toBeLessThan(
          2e-5,
        );
        for (const [stream, { name: kind }] of STREAMS.entries()) {
          if (stream === 0) continue;
          const expected = golden.cases[kind]!;
          expect(Math.abs(streamFigures(at(stream), at(0), scored).nll - expected.nll), kind).toBeLessThan(
            2e-4,
          );
          const same = at(stream).top.filter((id, token) => id === at(0).top[token]).length / tokens;
          expect(Math.abs(same - expected.top1_agreement), kind).toBeLessThanOrEqual(0.005);
        }
      },
      300_000,
    );

    it("a checkpoint with quantised cache alone has the logits of its base", async () => {
      const ids = Int32Array.from(jsonOf<number[]>("tiny-llama.tokens.json"));
      const { logits } = await runShared("tiny-llama.modelopt-kv-only", ids, [EXACT]);
      expect(deviation(goldenLogits("tiny-llama"), logits).relativeL2).toBeLessThan(2e-5);
    }, 300_000);

    it.each(["tiny-llama.autofp8", "tiny-llama.llm-compressor-fp8", "tiny-llama.modelopt-fp8"])(
      "%s: FP8 weights times their scales are near the base they came from, not on it",
      async (name) => {
        const ids = Int32Array.from(jsonOf<number[]>("tiny-llama.tokens.json"));
        const { logits } = await runShared(name, ids, [EXACT]);
        const { relativeL2 } = deviation(goldenLogits("tiny-llama"), logits);
        expect(relativeL2).toBeLessThan(0.1);
        expect(relativeL2).toBeGreaterThan(0.001);
      },
      300_000,
    );
  },
);

async function runShared(name: string, ids: Int32Array, streams: readonly Stream[]) {
  const source = await openRef(resolve(DATA, "checkpoints", name), quietIo);
  const inventory = await readInventory(source, quietIo);
  const { backend } = await selectBackend("cpu", { precise: true });
  return runCheckpoint({ source, inventory }, [ids], { streams, backend });
}

function jsonOf<T>(file: string): T {
  return JSON.parse(readFileSync(resolve(GOLDEN, file), "utf8")) as T;
}

/** The only tensor of the file, [tokens, vocabulary]. */
function goldenLogits(name: string): Float32Array {
  const file = readFileSync(resolve(GOLDEN, `${name}.logits.safetensors`));
  const begin = 8 + Number(file.readBigUInt64LE(0));
  return new Float32Array(file.buffer.slice(file.byteOffset + begin, file.byteOffset + file.length));
}

function divided({ k, v }: Reach, by: number): Reach {
  return { k: k.map((x) => x / by), v: v.map((x) => x / by) };
}

function fused({ k, v }: Reach): Reach {
  const largest = Float32Array.of(Math.max(...k, ...v));
  return { k: largest, v: largest };
}
