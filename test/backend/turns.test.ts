import { describe, expect, it } from "vitest";
import { takeTurns } from "../../src/backend/turns.js";

/** Steps that take some milliseconds each, and count themselves. */
function* steps(count: number, log: string[], milliseconds = 10): Generator<void, string, void> {
  for (let i = 0; i < count; i++) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    log.push(`step ${i}`);
    yield;
  }
  return "done";
}

describe("takeTurns", () => {
  it("returns what the computation returns, after all of its steps", async () => {
    const log: string[] = [];
    expect(await takeTurns(steps(3, log, 0), new AbortController().signal)).toBe("done");
    expect(log).toHaveLength(3);
  });

  it("lets others run in between", async () => {
    const log: string[] = [];
    setImmediate(() => log.push("other"));
    await takeTurns(steps(12, log), new AbortController().signal);
    expect(log.indexOf("other")).toBeGreaterThan(0);
    expect(log.indexOf("other")).toBeLessThan(12);
  });

  it("does not begin once the signal is raised, and stops when it is", async () => {
    const log: string[] = [];
    const reason = new Error("enough");
    await expect(takeTurns(steps(5, log), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(log).toEqual([]);
    const controller = new AbortController();
    setImmediate(() => controller.abort(reason));
    await expect(takeTurns(steps(50, log), controller.signal)).rejects.toBe(reason);
    expect(log.length).toBeLessThan(50);
  });

  it("passes on what the computation throws", async () => {
    // biome-ignore lint/correctness/useYield: it fails before its first step
    const failing = (function* (): Generator<void, void, void> {
      throw new Error("broken");
    })();
    await expect(takeTurns(failing, new AbortController().signal)).rejects.toThrow("broken");
  });
});
