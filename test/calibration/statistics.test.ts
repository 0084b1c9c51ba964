import { describe, expect, it } from "vitest";
import { chooseScales, type Room } from "../../src/calibration/choose.js";
import { countMagnitudes, noMagnitudes } from "../../src/calibration/magnitudes.js";
import { combine, type LayerStatistics, type Statistics } from "../../src/calibration/statistics.js";
import { parseStatistics, printStatistics } from "../../src/calibration/statistics-file.js";

function layer(k: readonly number[][], v: readonly number[][]): LayerStatistics {
  const headsOf = (values: readonly number[][]) =>
    values.map((own) => {
      const head = noMagnitudes();
      countMagnitudes([head], Float32Array.from(own), 1);
      return head;
    });
  return { site: "model.layers.3.self_attn", layer: 3, k: headsOf(k), v: headsOf(v) };
}

const statistics = (index: number, of: number, changes: Partial<Statistics> = {}): Statistics => ({
  job: "j",
  parts: [{ index, of, sequences: 1, tokens: 9 }],
  layers: [layer([[index, 8], [1]], [[2], [index * 3]])],
  ...changes,
});

const named = (file: string, own: Statistics) => ({ file, statistics: own });

describe("statistics of several parts", () => {
  it("are those of all, in any order, and name every part", () => {
    const [a, b] = [named("a", statistics(1, 2)), named("b", statistics(2, 2))];
    const whole = {
      ...statistics(1, 2),
      layers: [
        layer(
          [
            [1, 8, 2, 8],
            [1, 1],
          ],
          [
            [2, 2],
            [3, 6],
          ],
        ),
      ],
    };
    expect(combine([a, b]).layers).toEqual(whole.layers);
    expect(combine([b, a])).toEqual(combine([a, b]));
    expect(combine([b, a]).parts.map(({ index }) => index)).toEqual([1, 2]);
  });

  it.each([
    [
      "another job",
      statistics(2, 2, { job: "other" }),
      /b: expected statistics of the same model.*another job/,
    ],
    ["other heads", statistics(2, 2, { layers: [layer([[1]], [[1]])] }), /b: .*found other layers or heads/],
    ["the same part", statistics(1, 2), /b: expected each part once, found part 1 of 2, which a has too/],
    ["another division", statistics(2, 3), /b: expected a part of 2, found part 2 of 3/],
  ])("do not add up with %s", (_, other, message) => {
    expect(() => combine([named("a", statistics(1, 2)), named("b", other)])).toThrow(message);
  });

  it("are refused while a part is missing", () => {
    expect(() => combine([named("a", statistics(2, 4))])).toThrow(
      /all 4 parts of the job, found none for 1, 3, 4/,
    );
  });

  it("read back exactly from their file", () => {
    const own = statistics(1, 1, { layers: [layer([[0.1, 1e-40, 7e30], [0]], [[5.545048236846924], [3]])] });
    expect(parseStatistics(printStatistics(own), "f")).toEqual(own);
  });
});

describe("channels of statistics", () => {
  const withChannels = (index: number, channels: readonly number[] | undefined) => {
    const [own] = statistics(index, 2).layers;
    return statistics(index, 2, { layers: [{ ...own!, ...(channels && { channels }) }] });
  };

  it("read back, and are left out where there are none, as in files of earlier versions", () => {
    const text = printStatistics(withChannels(1, [1.234, 0, 5, 6e-7]));
    expect(parseStatistics(text, "f").layers[0]!.channels).toEqual([1.234, 0, 5, 6e-7]);
    const earlier = printStatistics(withChannels(1, undefined));
    expect(earlier).not.toContain("channels");
    expect(parseStatistics(earlier, "f").layers[0]).not.toHaveProperty("channels");
  });

  it.each([
    [
      [1, 5],
      [3, 4],
      [3, 5],
    ],
    [[1, 5], undefined, undefined],
    [undefined, [1, 5], undefined],
  ])("%j and %j are %j together", (a, b, both) => {
    const whole = combine([named("a", withChannels(1, a)), named("b", withChannels(2, b))]);
    expect(whole.layers[0]!.channels).toEqual(both);
  });

  it("do not add up where there are other ones", () => {
    const parts = [named("a", withChannels(1, [1, 2])), named("b", withChannels(2, [1, 2, 3, 4]))];
    expect(() => combine(parts)).toThrow(/b: .*found other layers or heads/);
  });

  it.each([
    [[1], /as many channels for each head, found something else at layers\[0\]/],
    [[], /as many channels for each head/],
    [[1, -2], /magnitudes at channels/],
    [null, /a list at channels/],
  ])("%j are refused", (channels, message) => {
    const file = JSON.parse(printStatistics(statistics(1, 1)));
    file.layers[0].channels = channels;
    expect(() => parseStatistics(JSON.stringify(file), "f")).toThrow(message);
  });
});

describe("a file that is no statistics", () => {
  const good = JSON.parse(printStatistics(statistics(1, 1)));
  it.each([
    ["no JSON", "{", /f: expected statistics .* as JSON/],
    ["another kind", JSON.stringify({ ...good, kind: "x" }), /"kind": "kvscale-statistics"/],
    ["a later version", JSON.stringify({ ...good, version: 2 }), /"version": 1/],
    ["no part", JSON.stringify({ ...good, parts: [] }), /at least one part/],
    ["a part beyond all", JSON.stringify({ ...good, parts: [{ ...good.parts[0], index: 2 }] }), /parts\[0\]/],
    [
      "a head without counts",
      JSON.stringify({ ...good, layers: [{ ...good.layers[0], k: [{}] }] }),
      /layers\[0\]\.k\[0\]/,
    ],
    [
      "a class that does not exist",
      JSON.stringify({
        ...good,
        layers: [{ ...good.layers[0], k: [{ amax: 1, notFinite: 0, classes: [4096], counts: [1] }] }],
      }),
      /classes below 4096/,
    ],
  ])("%s", (_, text, message) => {
    expect(() => parseStatistics(text, "f")).toThrow(message);
  });
});

describe("scales from statistics", () => {
  const room: Room = { granularity: "tensor", format: "float8_e4m3fn", share: 1, margin: 0 };
  const own = layer([[5.545048236846924, 1], [4]], [[1, 2], [448]]);
  const f32 = (...values: number[]) => Float32Array.from(values);

  it.each([
    ["the largest value over the largest code", {}, f32(Math.fround(5.545048236846924) / 448), f32(1)],
    [
      "one a head",
      { granularity: "head" },
      f32(Math.fround(5.545048236846924) / 448, 4 / 448),
      f32(2 / 448, 1),
    ],
    ["e4m3fnuz", { format: "float8_e4m3fnuz" }, f32(Math.fround(5.545048236846924) / 240), f32(448 / 240)],
    ["e5m2", { format: "float8_e5m2" }, f32(Math.fround(5.545048236846924) / 57344), f32(448 / 57344)],
    ["a margin", { margin: 0.25 }, f32((Math.fround(5.545048236846924) * 1.25) / 448), f32(1.25)],
  ] as const)("%s", (_, changes, k, v) => {
    expect(chooseScales(own, { ...room, ...changes }, "m")).toEqual({ k, v });
  });

  it("leave the largest values out where a share is asked", () => {
    const many = layer([[...Array.from({ length: 999 }, () => 1), 1000]], [[1]]);
    const { k } = chooseScales(many, { ...room, share: 0.999 }, "m");
    expect(k[0]! * 448).toBeGreaterThanOrEqual(1);
    expect(k[0]! * 448).toBeLessThan(1.07);
  });

  it("are refused for NaN and for zeros, with the layer's name", () => {
    expect(() => chooseScales(layer([[1]], [[Number.NaN]]), room, "m")).toThrow(
      /m: expected values at model\.layers\.3\.self_attn .* found 1 that are NaN or infinite/,
    );
    expect(() => chooseScales(layer([[1], [0]], [[1], [1]]), { ...room, granularity: "head" }, "m")).toThrow(
      /keys at .* found none larger than 0 \(head 1\)/,
    );
  });
});
