import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Stalled, watchForStall } from "../../../src/checkpoint/hub/stall.js";

const aborted = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason), { once: true }));

describe("a watch for stalls", () => {
  it("aborts when nothing is heard, not while what was heard is worked on, and not after its end", async () => {
    const outer = new AbortController().signal;
    const [stalling, working, ended] = [20, 20, 20].map((milliseconds) => watchForStall(outer, milliseconds));
    working!.pause();
    ended!.end();
    expect(await aborted(stalling!.signal)).toEqual(new Stalled(20));
    await setTimeout(40);
    expect([working!.signal.aborted, ended!.signal.aborted]).toEqual([false, false]);
    const again = aborted(working!.signal);
    working!.touch();
    expect(await again).toBeInstanceOf(Stalled);
  });

  it("may be one of many on one signal: Node is not made to warn of a leak", () => {
    const warned: Error[] = [];
    const hear = (warning: Error) => void warned.push(warning);
    process.on("warning", hear);
    const outer = new AbortController().signal;
    const watches = Array.from({ length: 40 }, () => watchForStall(outer, 60_000));
    for (const watch of watches) watch.end();
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      process.off("warning", hear);
      expect(warned).toEqual([]);
    });
  });

  it("passes an interruption on with its reason, also one that came before", async () => {
    const controller = new AbortController();
    const watch = watchForStall(controller.signal, 60_000);
    controller.abort(new Error("enough"));
    expect(watch.signal.reason).toEqual(new Error("enough"));
    watch.end();
    const late = watchForStall(controller.signal, 60_000);
    expect(late.signal.reason).toEqual(new Error("enough"));
    late.end();
  });
});
