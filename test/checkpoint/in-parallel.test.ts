import { describe, expect, it } from "vitest";
import { inParallel } from "../../src/checkpoint/in-parallel.js";

const turn = () => new Promise<void>((done) => setImmediate(done));

describe("inParallel", () => {
  it.each([1, 3, 100])("answers in order and runs at most %i at once", async (limit) => {
    let [now, most] = [0, 0];
    const items = Array.from({ length: 20 }, (_, i) => i);
    const results = await inParallel(items, limit, async (item) => {
      now += 1;
      most = Math.max(most, now);
      for (let i = 0; i <= (item * 7) % 5; i += 1) await turn();
      now -= 1;
      return item * 2;
    });
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(Math.min(limit, 20));
  });

  it("begins nothing after a failure, awaits what runs, and throws the first", async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    const work = async (item: number) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error("first");
      await turn();
      ended.push(item);
    };
    await expect(inParallel([0, 1, 2, 3, 4, 5], 3, work)).rejects.toThrow("first");
    expect(begun).toEqual([0, 1, 2]);
    expect(ended).toEqual([0, 2]);
  });

  it("passes on what is thrown even when it is nothing", async () => {
    await expect(inParallel([1], 1, () => Promise.reject(undefined))).rejects.toBeUndefined();
  });

  it("has nothing to do for no items", async () => {
    expect(await inParallel([], 4, async () => 1)).toEqual([]);
  });
});
