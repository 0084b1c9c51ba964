import { describe, expect, it } from "vitest";
import type { Event } from "../../../src/events.js";
import { standing, watched, watchFrom } from "../../../src/ui/state/watch.js";

const file = (path: string, bytes: number, total: number): Event => ({ type: "file", path, bytes, total });

describe("watching work", () => {
  it("knows nothing before a byte has come", () => {
    const watch = watched(watchFrom(0, 100), [{ type: "phase", name: "writing OUT" }], 900);
    expect(standing(watch)).toEqual({
      share: undefined,
      bytes: 0,
      bytesPerSecond: undefined,
      secondsLeft: undefined,
    });
  });

  it("tells share, rate and remaining time by bytes of all files, from the first byte on", () => {
    let watch = watched(watchFrom(0, 1000), [{ type: "phase", name: "writing OUT" }], 5000);
    watch = watched(watch, [file("a", 100, 400)], 5100);
    watch = watched(watch, [file("a", 400, 400), file("b", 100, 600)], 7000);
    expect(standing(watch)).toEqual({ share: 0.5, bytes: 500, bytesPerSecond: 250, secondsLeft: 2 });
  });

  it("gives no rate from a blink", () => {
    const watch = watched(watched(watchFrom(0, 1000), [], 100), [file("a", 100, 400)], 300);
    expect(standing(watch)).toMatchObject({ share: 0.1, bytesPerSecond: undefined, secondsLeft: undefined });
  });

  it("is never more than done, though files be larger than planned", () => {
    const watch = watched(watchFrom(0, 10), [file("a", 100, 100)], 2000);
    expect(standing(watch).share).toBe(1);
  });

  it("keeps the files of earlier phases", () => {
    const watch = watched(watchFrom(0, 0), [file("a", 1, 1), { type: "phase", name: "checking" }], 10);
    expect([...watch.files.keys()]).toEqual(["a"]);
    expect(watch.progress.files.size).toBe(0);
  });

  it("counts layers where a phase does", () => {
    const layer = (count: number): Event => ({ type: "phase", name: `layer ${count} of 32` });
    const begun = watched(watchFrom(0, 0), [{ type: "phase", name: "reading" }, layer(1)], 1000);
    expect(standing(begun)).toMatchObject({ share: 0, layers: undefined, secondsLeft: undefined });
    const watch = watched(begun, [layer(2), layer(9)], 3000);
    expect(standing(watch)).toMatchObject({
      share: 0.25,
      bytes: 0,
      layers: { perSecond: 4 },
      secondsLeft: 6,
    });
    const last = watched(watch, [layer(32)], 9000);
    expect(standing(last).share).toBe(31 / 32);
  });

  it.each([
    ["from 0", 0, 4, 0.5],
    ["from a later one, where work goes on", 5, 7, 0.75],
  ])("counts layers %s", (_what, first, then, share) => {
    const layer = (count: number): Event => ({ type: "phase", name: `layer ${count} of 8` });
    const watch = watched(watched(watchFrom(0, 0), [layer(first)], 0), [layer(then)], 2000);
    expect(standing(watch)).toMatchObject({ share, layers: { perSecond: (then - first) / 2 } });
  });
});
