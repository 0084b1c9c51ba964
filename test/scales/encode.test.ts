import { describe, expect, it } from "vitest";
import type { Refusal } from "../../src/errors.js";
import { encode } from "../../src/scales/encode.js";
import { headScale, type Scale, scaleOf, tensorScale } from "../../src/scales/scale.js";
import { type Role, siteOf } from "../../src/scales/site.js";
import { type ScaleTable, tableOf } from "../../src/scales/table.js";

const A = "model.layers.0.self_attn";

function table(...cells: readonly (readonly [Role, Scale])[]): ScaleTable {
  return tableOf(
    "float8_e4m3fn",
    cells.map(([role, scale]) => ({ site: siteOf(A)!, role, scale })),
  );
}

function stored(dtype: "F32" | "BF16" | "F16", shape: readonly number[], ...bytes: number[]): Scale {
  return scaleOf({ dtype, shape, bytes: Uint8Array.from(bytes) }, {});
}

function refused(code: string) {
  return expect.objectContaining<Partial<Refusal>>({ code, exit: "data" });
}

describe("encode", () => {
  it("copies the bits of an F32, a NaN's payload included", () => {
    const payload = [0x01, 0x02, 0xc3, 0x7f];
    const { tensors, losses } = encode(table(["kv", stored("F32", [1], ...payload)]), "kv_scale");
    expect(tensors).toMatchObject([{ name: `${A}.kv_scale`, dtype: "F32", shape: [] }]);
    expect([...tensors[0]!.bytes]).toEqual(payload);
    expect(losses).toEqual([]);
  });

  it("widens BF16 and F16 exactly and without loss", () => {
    const { tensors, losses } = encode(
      table(["k", stored("BF16", [1], 0x4d, 0x3c)], ["v", stored("F16", [], 0x01, 0x00)]),
      "k_scale",
    );
    expect(tensors.map(({ bytes }) => new DataView(bytes.buffer).getFloat32(0, true))).toEqual([
      0.01251220703125,
      2 ** -24,
    ]);
    expect(losses).toEqual([]);
  });

  it("lists numbers that no float32 holds; those that producers print do have one", () => {
    expect(encode(table(["kv", tensorScale(0.0152239128947258)]), "kv_scale").losses).toEqual([]);
    const { losses } = encode(table(["kv", tensorScale(0.0408)]), "kv_scale");
    expect(losses).toEqual([
      {
        code: "rounded",
        detail: expect.stringMatching(/^1 number rounded to float32, by up to 3\.60842e-8 of/),
      },
    ]);
  });

  it("refuses numbers that a float32 cannot come near", () => {
    expect(() => encode(table(["kv", tensorScale(1e300)]), "kv_scale")).toThrow(
      refused("scale-out-of-range"),
    );
    expect(() => encode(table(["kv", tensorScale(1e-300)]), "kv_scale")).toThrow(
      refused("scale-out-of-range"),
    );
  });

  it("writes the row's shape unless told otherwise, and heads as [H,1,1]", () => {
    const pair = table(["k", tensorScale(1)], ["v", tensorScale(1)]);
    expect(encode(pair, "k_scale").tensors.map(({ shape }) => shape)).toEqual([[], []]);
    expect(encode(pair, "k_scale", { shape: "[1]" }).tensors.map(({ shape }) => shape)).toEqual([[1], [1]]);
    expect(encode(pair, "trtllm").tensors.map(({ shape }) => shape)).toEqual([[1]]);
    const heads = table(["k", headScale([1, 2])], ["v", headScale([2, 1])]);
    expect(encode(heads, "k_scale").tensors.map(({ shape }) => shape)).toEqual([
      [2, 1, 1],
      [2, 1, 1],
    ]);
    expect(encode(heads, "k_scale", { perHead: false }).tensors.map(({ shape }) => shape)).toEqual([[], []]);
    expect(encode(heads, "modelopt").losses.map(({ code }) => code)).toEqual([
      "heads-reduced-by-max",
      "heads-reduced-by-max",
    ]);
  });

  it("does not share memory with what it was given", () => {
    const scale = stored("F32", [], 0, 0, 128, 63);
    encode(table(["kv", scale]), "kv_scale").tensors[0]!.bytes[0] = 255;
    expect([...scale.stored!.bytes]).toEqual([0, 0, 128, 63]);
  });

  it("completes nothing: half a pair cannot become one number, and stays half otherwise", () => {
    expect(() => encode(table(["k", tensorScale(1)]), "kv_scale")).toThrow(refused("role-not-in-spelling"));
    expect(() => encode(table(["k", tensorScale(1)]), "kv_scale")).toThrow(
      /"model\.layers\.0\.self_attn" with k alone/,
    );
    expect(encode(table(["k", tensorScale(1)]), "modelopt").tensors.map(({ name }) => name)).toEqual([
      `${A}.k_proj.k_scale`,
    ]);
  });

  it("refuses a kv beside a pair, and contradictions; equal duplicates count once", () => {
    const [one, two] = [tensorScale(1), tensorScale(2)];
    expect(() => encode(table(["kv", one], ["k", one], ["v", one]), "k_scale")).toThrow(
      /found "model.layers.0.self_attn" with k beside v beside kv/,
    );
    expect(() => encode(table(["kv", one], ["k", one], ["v", two]), "kv_scale")).toThrow(
      /with k beside v beside kv/,
    );
    expect(() => encode(table(["kv", one], ["k", one]), "k_scale")).toThrow(refused("role-not-in-spelling"));
    expect(() => encode(table(["kv", one], ["kv", two]), "kv_scale")).toThrow(
      refused("contradicting-scales"),
    );
    expect(encode(table(["kv", one], ["kv", one]), "kv_scale").tensors).toHaveLength(1);
  });

  it("drops q and prob where the spelling has no place for them", () => {
    const all = table(
      ["k", tensorScale(1)],
      ["v", tensorScale(1)],
      ["q", tensorScale(1)],
      ["prob", tensorScale(1)],
    );
    const names = (spelling: string) =>
      encode(all, spelling).tensors.map(({ name }) => name.slice(A.length + 1));
    expect(names("quark")).toEqual([
      "k_proj.output_scale",
      "v_proj.output_scale",
      "q_proj.output_scale",
      "prob_output_scale",
    ]);
    expect(names("hunyuan")).toEqual(["k_cache.scale", "v_cache.scale", "q.scale"]);
    expect(names("kv_scale")).toEqual(["kv_scale"]);
    expect(encode(all, "k_scale").losses.map(({ detail }) => detail)).toEqual([
      "the prob scales of 1 site are left out",
    ]);
  });

  it("keeps one number for both where the spelling knows it, and splits it where not", () => {
    const names = (spelling: string) =>
      encode(table(["kv", tensorScale(1)]), spelling).tensors.map(({ role }) => role);
    expect(names("mistral")).toEqual(["kv"]);
    expect(names("quark")).toEqual(["k", "v"]);
  });
});
