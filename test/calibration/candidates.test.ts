import { describe, expect, it } from "vitest";
import { candidatesOf, type Trial } from "../../src/calibration/candidates.js";
import { chooseScales, type Room } from "../../src/calibration/choose.js";
import { countMagnitudes, noMagnitudes, saturated } from "../../src/calibration/magnitudes.js";
import type { LayerStatistics } from "../../src/calibration/statistics.js";

const ROOM: Room = { granularity: "tensor", format: "float8_e4m3fn", share: 1, margin: 0 };

/** Two heads of 10,000 values each between 0 and `largest`, evenly. */
function evenLayer(...largest: readonly number[]): LayerStatistics {
  const heads = largest.map((most) => {
    const head = noMagnitudes();
    countMagnitudes(
      [head],
      Float32Array.from({ length: 10_000 }, (_, at) => (most * (at + 1)) / 10_000),
      1,
    );
    return head;
  });
  return { site: "model.layers.0.self_attn", layer: 0, k: heads, v: heads };
}

describe("candidates of scales that were not run", () => {
  const layer = evenLayer(448, 448);

  it.each([
    [1, ["max", "p 0.9999", "p 0.999"]],
    [0.999, ["max", "p 0.9999", "p 0.999"]],
    [0.99, ["max", "p 0.9999", "p 0.999", "p 0.99"]],
  ])("for share %d are %j, the chosen one marked", (share, names) => {
    const room = { ...ROOM, share };
    const chosen = chooseScales(layer, room, "f");
    const { k } = candidatesOf(layer, room, chosen);
    expect(k.map(({ name }) => name)).toEqual(names);
    const marked = k.filter((candidate) => candidate.chosen.some(Boolean));
    expect(marked.map(({ name, scales }) => [name, scales])).toEqual([
      [share === 1 ? "max" : `p ${share}`, [...chosen.k]],
    ]);
  });

  it("tell what each would clip: nothing of max, about the rest of a share", () => {
    const { v } = candidatesOf(layer, ROOM, chooseScales(layer, ROOM, "f"));
    expect(v[0]!.clipped).toBe(0);
    expect(v[2]!.clipped).toBeCloseTo(1e-3, 5);
    expect(v.every(({ sqnr }) => sqnr === null)).toBe(true);
  });

  it("are one a head where scales are", () => {
    const own = evenLayer(448, 44.8);
    const room = { ...ROOM, granularity: "head" } as const;
    const [max] = candidatesOf(own, room, chooseScales(own, room, "f")).k;
    expect(max!.scales).toEqual([1, Math.fround(0.1)]);
    expect(max!.chosen).toEqual([true, true]);
  });
});

describe("candidates of a search", () => {
  it("are its trials, with the chosen scale of each head marked", () => {
    const layer = evenLayer(448, 448);
    const trial = (multiple: number, sqnr: number): Trial => ({
      multiple,
      scales: Float32Array.of(multiple, multiple),
      sqnr: [sqnr, sqnr],
    });
    const trials = [trial(1, 30), trial(0.5, 31)];
    const chosen = { k: Float32Array.of(1, 0.5), v: Float32Array.of(0.5, 0.5) };
    const { k } = candidatesOf(layer, { ...ROOM, granularity: "head" }, chosen, { k: trials, v: trials });
    expect(k.map(({ name, chosen, sqnr }) => [name, chosen, sqnr])).toEqual([
      ["× 1", [true, false], [30, 30]],
      ["× 0.5", [false, true], [31, 31]],
    ]);
    expect(k[1]!.clipped).toBeCloseTo(0.5, 3);
  });
});

describe("saturated", () => {
  it("counts nothing where the largest value just fits, and all where none does", () => {
    const [head] = evenLayer(448).k;
    expect(saturated(head!, 1, "float8_e4m3fn")).toBe(0);
    expect(saturated(head!, 1e-9, "float8_e4m3fn")).toBe(10_000);
    expect(saturated(noMagnitudes(), 1, "float8_e4m3fn")).toBe(0);
  });
});
