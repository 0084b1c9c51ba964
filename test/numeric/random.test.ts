import { describe, expect, it } from "vitest";
import { fillNormal, fromState, randomFrom, splitMix64 } from "../../src/numeric/random.js";

describe("the generator", () => {
  it("is xoshiro128** 1.1", () => {
    const random = fromState(Uint32Array.of(1, 2, 3, 4));
    const drawn = Array.from({ length: 10 }, () => random.integer());
    expect(drawn).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it("is seeded by SplitMix64", () => {
    const values: bigint[] = [];
    let state = 1234567n;
    for (let i = 0; i < 5; i++) {
      const step = splitMix64(state);
      state = step.state;
      values.push(step.value);
    }
    expect(values).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
  });

  it("gives the same numbers for the same seed and stream, and others for another", () => {
    const draw = (seed: number, stream: number) => Array.from({ length: 8 }, randomFrom(seed, stream).normal);
    expect(draw(7, 3)).toEqual(draw(7, 3));
    const all = [draw(7, 3), draw(3, 7), draw(7, 4), draw(8, 3), draw(0, 0), draw(1, 0), draw(0, 1)];
    expect(new Set(all.map((row) => row.join())).size).toBe(all.length);
  });

  it("draws from [0, 1)", () => {
    const { uniform } = randomFrom(1);
    const drawn = Array.from({ length: 20_000 }, uniform);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(mean(drawn)).toBeCloseTo(0.5, 2);
  });

  it("draws normal deviates: mean, variance, tails, and no correlation between neighbours", () => {
    const drawn = [...fillNormal(randomFrom(2), new Float32Array(200_000), 1)];
    expect(mean(drawn)).toBeCloseTo(0, 2);
    expect(mean(drawn.map((value) => value ** 2))).toBeCloseTo(1, 1.7);
    expect(mean(drawn.map((value) => value ** 4))).toBeCloseTo(3, 0.8);
    expect(mean(drawn.map((value, i) => value * (drawn[i + 1] ?? 0)))).toBeCloseTo(0, 2);
    expect(drawn.filter((value) => Math.abs(value) > 3).length / drawn.length).toBeCloseTo(0.0027, 3);
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
