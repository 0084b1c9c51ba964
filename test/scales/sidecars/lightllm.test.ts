import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Refusal } from "../../../src/errors.js";
import { sameScale } from "../../../src/scales/algebra.js";
import { headScale, tensorScale } from "../../../src/scales/scale.js";
import { lightllm } from "../../../src/scales/sidecars/lightllm.js";
import { parseSidecar, place } from "../../../src/scales/sidecars/sidecars.js";
import { siteOf } from "../../../src/scales/site.js";
import { type Entry, tableOf } from "../../../src/scales/table.js";
import { decoderTables } from "../arbitrary.js";

const FILE = "calib.json";
const GOOD = {
  version: "1.0",
  architectures: "LlamaForCausalLM",
  quant_type: "per_head",
  qmin: -448,
  qmax: 448,
  num_layers: 1,
  num_head: 2,
  scales_shape: [1, 4],
  scales: [[0.5, 0.25, 0.125, 1]],
};
const TARGET = { layers: 1, kvHeads: 2, architecture: "LlamaForCausalLM" };

function entry(role: "k" | "v" | "kv", ...values: readonly number[]): Entry {
  const scale = values.length === 1 ? tensorScale(values[0]!) : headScale(values);
  return { site: siteOf("model.layers.0.self_attn")!, role, scale };
}

describe("reading LightLLM's calibration file", () => {
  it("gives the first half of a row to k and the second to v", () => {
    const sidecar = parseSidecar(JSON.stringify(GOOD), FILE);
    expect(sidecar.entries).toEqual([
      { layer: 0, role: "k", scale: headScale([0.5, 0.25]), name: "scales[0][0]" },
      { layer: 0, role: "v", scale: headScale([0.125, 1]), name: "scales[0][2]" },
    ]);
    expect(sidecar.facts).toEqual({ layers: 1, kvHeads: 2, architecture: "LlamaForCausalLM" });
  });

  it("reads one number per layer and role", () => {
    const tensor = { ...GOOD, quant_type: "per_tensor", scales_shape: [1, 2], scales: [[0.5, 0.25]] };
    expect(
      parseSidecar(JSON.stringify(tensor), FILE).entries.map(({ role, scale }) => [role, scale]),
    ).toEqual([
      ["k", tensorScale(0.5)],
      ["v", tensorScale(0.25)],
    ]);
  });

  it.each([
    ["another version", { version: "2.0" }, /`version` to be "1\.0", found "2\.0"/],
    ["a number as version", { version: 1 }, /found 1/],
    ["another qmin", { qmin: -240 }, /`qmin` to be -448, found -240/],
    ["another qmax", { qmax: 240 }, /`qmax` to be 448/],
    ["an unknown quant_type", { quant_type: "per_token" }, /"per_head" or "per_tensor", found "per_token"/],
    [
      "a list of architectures",
      { architectures: ["LlamaForCausalLM"] },
      /`architectures` to be a string, found an array of 1/,
    ],
    ["no layers", { num_layers: 0 }, /`num_layers` to be a whole number, found 0/],
    ["half a head", { num_head: 1.5 }, /found 1\.5/],
    [
      "a shape for another kind",
      { scales_shape: [1, 2] },
      /`scales_shape` to be \[1, 4\], found an array of 2/,
    ],
    ["more layers than rows", { num_layers: 2, scales_shape: [2, 4] }, /`scales` to be an array of 2 arrays/],
    ["a short row", { scales: [[0.5, 0.25, 0.125]] }, /4 numbers in `scales\[0\]`, found an array of 3/],
    ["a text among numbers", { scales: [[0.5, 0.25, 0.125, "1"]] }, /4 numbers/],
    ["a flat list", { scales: [1, 2, 3, 4] }, /array of 1 arrays/],
  ])("refuses %s", (_, change, message) => {
    const read = () => parseSidecar(JSON.stringify({ ...GOOD, ...change }), FILE);
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "sidecar-invalid", exit: "data" }),
    );
  });

  it("refuses a model with another number of KV heads", () => {
    const sidecar = parseSidecar(JSON.stringify(GOOD), FILE);
    const sites = [siteOf("model.layers.0.self_attn")!];
    expect(place(sidecar, sites, { kvHeads: 2 }).entries).toHaveLength(2);
    expect(() => place(sidecar, sites, { kvHeads: 8 })).toThrow(
      /calib\.json: expected 8 KV heads, as the model has, found 2/,
    );
  });
});

describe("writing LightLLM's calibration file", () => {
  it("writes per head where the table has heads, and per tensor where not", () => {
    const heads = lightllm.print(tableOf("float8_e4m3fn", [entry("k", 0.5, 0.25), entry("v", 1, 2)]), TARGET);
    expect(JSON.parse(heads.text)).toMatchObject({
      quant_type: "per_head",
      scales_shape: [1, 4],
      scales: [[0.5, 0.25, 1, 2]],
    });
    const tensor = lightllm.print(tableOf("float8_e4m3fn", [entry("kv", 0.5)]), TARGET);
    expect(JSON.parse(tensor.text)).toMatchObject({
      quant_type: "per_tensor",
      scales_shape: [1, 2],
      scales: [[0.5, 0.5]],
      num_head: 2,
    });
  });

  it("repeats one number for each head on request, and reduces heads with a loss", () => {
    const wide = lightllm.print(tableOf("float8_e4m3fn", [entry("k", 0.5), entry("v", 2)]), {
      ...TARGET,
      perHead: true,
    });
    expect(JSON.parse(wide.text).scales).toEqual([[0.5, 0.5, 2, 2]]);
    expect(wide.losses).toEqual([]);
    const narrow = lightllm.print(tableOf("float8_e4m3fn", [entry("k", 0.5, 1), entry("v", 2)]), {
      ...TARGET,
      perHead: false,
    });
    expect(JSON.parse(narrow.text).scales).toEqual([[1, 2]]);
    expect(narrow.losses.map(({ code }) => code)).toEqual(["heads-reduced-by-max"]);
  });

  it("refuses half a pair, other head counts, and a target it knows too little of", () => {
    const print = (target: typeof TARGET, ...entries: Entry[]) =>
      lightllm.print(tableOf("float8_e4m3fn", entries), target);
    expect(() => print(TARGET, entry("k", 1))).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "sidecar-layers" }),
    );
    expect(() => print(TARGET, entry("k", 1, 2, 3), entry("v", 1))).toThrow(
      expect.objectContaining<Partial<Refusal>>({ code: "head-counts-differ" }),
    );
    expect(() => lightllm.print(tableOf("float8_e4m3fn", []), { layers: 1, kvHeads: 2 })).toThrow(
      /architecture of the model/,
    );
    expect(() => lightllm.print(tableOf("float8_e4m3fn", []), { layers: 1, architecture: "X" })).toThrow(
      /number of KV heads/,
    );
  });

  it("reads back every number it wrote, exactly", () => {
    fc.assert(
      fc.property(decoderTables, (any) => {
        const layers = new Set(any.entries.map(({ site }) => site.layer)).size;
        const widths = new Set(
          any.entries.filter(({ scale }) => scale.per === "head").map(({ scale }) => scale.values.length),
        );
        fc.pre(widths.size <= 1);
        const target = { layers, kvHeads: [...widths][0] ?? 4, architecture: "X" };
        const printed = lightllm.print(any, target);
        const sites = Array.from({ length: layers }, (_, n) => siteOf(`model.layers.${n}.self_attn`)!);
        const back = place(parseSidecar(printed.text, FILE), sites);
        for (const { site, role, scale } of back.entries) {
          const source = any.entries.find(
            (e) => e.site.path === site.path && (e.role === role || e.role === "kv"),
          )!.scale;
          const wide = scale.values.map((_, head) => source.values[source.per === "head" ? head : 0]!);
          expect(sameScale(scale, { per: scale.per, values: wide })).toBe(true);
        }
        expect(lightllm.print(back, target)).toEqual({ text: printed.text, losses: [] });
      }),
    );
  });
});
