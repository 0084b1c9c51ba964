import { describe, expect, it } from "vitest";
import type { Heat } from "../../../src/report/page/heat.js";
import { channelsSection, type LayerChannels } from "../../../src/report/page/outliers.js";
import type { Plot } from "../../../src/report/page/plot.js";

/** A layer whose channels are all 2, but for those named. */
function layer(
  name: number,
  kvHeads: number,
  size: number,
  peaks: Record<number, number> = {},
): LayerChannels {
  const channels = Array.from({ length: kvHeads * size }, (_, channel) => peaks[channel] ?? 2);
  return { name: String(name), title: `layers.${name}`, kvHeads, channels };
}

function partsOf(layers: readonly LayerChannels[]): { plot: Plot; heat: Heat; text: string } {
  const { parts } = channelsSection(layers);
  const text = parts.flatMap((part) => (part.kind === "prose" ? [part.text] : [])).join("");
  return {
    plot: parts.find(({ kind }) => kind === "plot") as Plot,
    heat: parts.find(({ kind }) => kind === "heat") as Heat,
    text,
  };
}

describe("channels of K", () => {
  it("are a cell each where they are few, over the median of their layer", () => {
    const { heat, plot } = partsOf([layer(0, 2, 4, { 5: 100 }), layer(1, 2, 4)]);
    expect(heat.rows.length).toBe(8);
    expect(heat.cells.map((row) => row[0])).toEqual([1, 1, 1, 1, 1, 50, 1, 1]);
    expect(heat.cells.flat().length).toBe(16);
    expect(plot.series[0]!.values).toEqual([50, 1]);
    expect(heat.marks).toEqual([{ row: 5, column: 0, text: "layer 0, KV head 1, channel 1: 50× (100)" }]);
  });

  it.each([
    [8, 128, 64],
    [8, 100, 64],
    [1, 256, 64],
    [32, 128, 64],
    [128, 192, 128],
    [3, 50, 51],
  ])("of %i heads of size %i share %i rows, of which none loses the largest", (kvHeads, size, rows) => {
    for (const channel of [0, size - 1, kvHeads * size - 1, Math.floor((kvHeads * size) / 2)]) {
      const { heat } = partsOf([layer(0, kvHeads, size, { [channel]: 60 })]);
      expect([heat.rows.length, heat.cells.length]).toEqual([rows, rows]);
      const lit = heat.cells.flatMap(([cell], row) => (cell === 30 ? [row] : []));
      expect(lit).toEqual([heat.marks![0]!.row]);
      expect(heat.rows[lit[0]!]).toContain(`KV head ${Math.floor(channel / size)}, channel`);
      expect(heat.bands!.reduce((sum, band) => sum + band.rows, 0)).toBe(rows);
    }
  });

  it("say so where none stands out, and tell the foremost all the same", () => {
    const { text, heat, plot } = partsOf(
      Array.from({ length: 5 }, (_, at) => layer(at, 1, 4, { 2: 3 + at })),
    );
    expect(text).toBe("No channel reaches 20 times the median of its layer.");
    expect(heat.marks!.map(({ column }) => column)).toEqual([4, 3, 2]);
    expect(plot.limits).toEqual([]);
  });

  it("of layers of zeros, and of a median of zero, are drawn without a word of NaN", () => {
    const zeros = { ...layer(0, 1, 4), channels: [0, 0, 0, 0] };
    const alone = { ...layer(1, 1, 4), channels: [0, 0, 0, 7] };
    const { heat, plot } = partsOf([zeros, alone]);
    expect(heat.cells).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, Infinity],
    ]);
    expect(plot.series[0]!.values).toEqual([0, Infinity]);
    expect(JSON.stringify(heat.marks)).not.toContain("NaN");
  });

  it("are left out where there are none", () => {
    expect(channelsSection([]).parts).toEqual([]);
  });
});
