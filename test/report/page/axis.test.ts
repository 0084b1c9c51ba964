import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisOf, sparse } from "../../../src/report/page/axis.js";
import { type Heat, shades } from "../../../src/report/page/heat.js";

const plot = (axis: "linear" | "log", values: readonly number[], limits: readonly number[] = []) => ({
  axis,
  series: [{ name: "k", mark: "disc" as const, values }],
  limits: limits.map((at) => ({ at, name: "limit", mood: "bad" as const, bad: "below" as const })),
});

describe("an axis", () => {
  it.each([
    ["linear", [1, 2, 3], [], [0, 1, 2, 3]],
    ["linear", [27, 28, 29], [25, 20], [15, 20, 25, 30]],
    ["linear", [-10, 30], [], [-10, 0, 10, 20, 30]],
    ["linear", [5], [], [4, 6]],
    ["log", [0.01, 0.02], [], [0.005, 0.01, 0.02]],
    ["log", [1e-6, 1], [], [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1]],
  ] as const)("%s of %j with limits %j has round numbers: %j", (kind, values, limits, ticks) => {
    const axis = axisOf(plot(kind, values, limits));
    expect(axis.ticks.filter((tick) => axis.place(tick) >= 0)).toEqual(expect.arrayContaining([...ticks]));
    expect(axis.ticks.length).toBeLessThan(12);
  });

  it("has a place for every number, in order, whatever they are", () => {
    const numbers = fc.array(fc.double({ min: 1e-30, max: 1e30, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.constantFrom("linear" as const, "log" as const), numbers, (kind, values) => {
        const axis = axisOf(plot(kind, values));
        const places = [...values].sort((a, b) => a - b).map((value) => axis.place(value));
        for (const place of places) expect(place >= 0 && place <= 1).toBe(true);
        expect([...places].sort((a, b) => a - b)).toEqual(places);
        expect(axis.ticks.length).toBeGreaterThan(0);
        expect(axis.ticks.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it("finds places between a subnormal number and one", () => {
    const { ticks, place } = axisOf(plot("log", [Number.MIN_VALUE, 1]));
    expect(ticks.length).toBeGreaterThan(1);
    expect([place(1e-300), place(1)].every((share) => share > 0 && share <= 1)).toBe(true);
  });

  it("leaves out names so that few stay", () => {
    expect([sparse(3, 9), sparse(32, 9), sparse(80, 9), sparse(1000, 9)]).toEqual([1, 4, 10, 112]);
  });
});

describe("the shades of a heat map", () => {
  const heat = (cells: Heat["cells"]): Heat => ({
    kind: "heat",
    label: "",
    unit: "",
    columns: [],
    rows: [],
    cells,
    worst: "high",
  });

  it("go by the logarithm where numbers lie far apart, so that one outlier does not hide the rest", () => {
    const { shadeOf } = shades(heat([[0.01, 0.02, 0.04, 1]]));
    expect([0.01, 0.02, 0.04, 1].map(shadeOf)).toEqual([0, 1, 2, 6]);
    const near = shades(heat([[20, 25, 30, undefined]]));
    expect([20, 25, 30].map(near.shadeOf)).toEqual([0, 3, 6]);
    expect(shades(heat([[1, 1]])).shadeOf(1)).toBe(6);
  });
});
