import { describe, expect, it } from "vitest";
import { frequenciesOf, type Rope, regimeOf, rotationTable } from "../../src/model/rope.js";
import { inverseFrequencies, type RopeSurroundings } from "../support/model/float64-rope.js";

const AROUND: RopeSurroundings = {
  ...{ hidden_size: 1024, num_attention_heads: 8, head_dim: 128, max_position_embeddings: 8192 },
};
const factors = (from: number) => Array.from({ length: 64 }, (_, i) => from + i / 7);
const LLAMA3 = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, trained: 8192 };
const YARN = { factor: 4, trained: 2048, attentionFactor: 1.25, betaFast: 32, betaSlow: 1, truncate: true };
const LONG = { trained: 4096, attentionFactor: 1.19, shortFactors: factors(1), longFactors: factors(3) };
const WORDS = {
  default: {},
  linear: { factor: 4 },
  dynamic: { factor: 3 },
  llama3: { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
  yarn: { factor: 4, original_max_position_embeddings: 2048, attention_factor: 1.25 },
  longrope: {
    ...{ original_max_position_embeddings: 4096, attention_factor: 1.19 },
    ...{ short_factor: factors(1), long_factor: factors(3) },
  },
};

const CASES: readonly (readonly [rope: Rope, theta: number, length: number])[] = [
  [{ kind: "default", theta: 10_000, features: 128 }, 10_000, 10],
  [{ kind: "linear", theta: 10_000, features: 128, factor: 4 }, 10_000, 10],
  [{ kind: "dynamic", theta: 10_000, features: 128, factor: 3, trained: 8192 }, 10_000, 100],
  [{ kind: "dynamic", theta: 10_000, features: 128, factor: 3, trained: 8192 }, 10_000, 20_000],
  [{ kind: "llama3", theta: 500_000, features: 128, ...LLAMA3 }, 500_000, 10],
  [{ kind: "yarn", theta: 1_000_000, features: 128, ...YARN }, 1_000_000, 10],
  [{ kind: "longrope", theta: 10_000, features: 128, ...LONG }, 10_000, 4096],
  [{ kind: "longrope", theta: 10_000, features: 128, ...LONG }, 10_000, 4097],
];

describe("frequencies at the sizes of real models, against float64", () => {
  it.each(CASES)("%j", (rope, theta, length) => {
    const words = { rope_type: rope.kind, rope_theta: theta, ...WORDS[rope.kind] };
    const exact = inverseFrequencies(words, AROUND, length);
    const { inverse, attentionFactor } = frequenciesOf(rope, length);
    expect(attentionFactor).toBe(exact.factor);
    expect(inverse).toHaveLength(64);
    for (const [i, f] of exact.inverse.entries()) expect(Math.abs(inverse[i]! / f - 1)).toBeLessThan(1e-6);
  });

  it("only what transformers recomputes depends on the length", () => {
    const regimes = CASES.map(([rope]) => [10, 4096, 4097, 20_000].map((length) => regimeOf(rope, length)));
    expect(new Set(regimes[0])).toEqual(new Set([0]));
    expect(regimes[2]).toEqual([8192, 8192, 8192, 20_000]);
    expect(regimes[6]).toEqual([4096, 4096, 4097, 4097]);
  });
});

describe("the table", () => {
  it("holds cosines and sines of float32 angles, times the attention factor", () => {
    const { cos, sin } = rotationTable({ inverse: Float32Array.of(1, 0.1), attentionFactor: 2 }, 3);
    const angle = Math.fround(2 * Math.fround(0.1));
    expect([...cos].slice(0, 2)).toEqual([2, 2]);
    expect(cos[5]).toBe(2 * Math.fround(Math.cos(angle)));
    expect(sin[5]).toBe(2 * Math.fround(Math.sin(angle)));
    expect(sin[4]).toBe(2 * Math.fround(Math.sin(2)));
  });
});
