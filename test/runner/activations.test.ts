import { describe, expect, it } from "vitest";
import { bf16, f32, type Tensor, zeros } from "../../fixtures/recipes/tensors.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { openActivations } from "../../src/runner/activations.js";
import { serialize } from "../../src/tensors/layout.js";
import { refusalOf } from "../checkpoint/refusals.js";

const { signal } = new AbortController();
const SHAPE = { heads: 4, kvHeads: 2, keySize: 3, valueSize: 3 };

/** Numbers that BF16 holds, other ones in each tensor. */
const counted = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at / 2);
const QUERY = f32("layers.1.q", [2, 4, 3], counted(-7, 24));
const KEYS = bf16("layers.1.k", [5, 2, 3], counted(1, 30));
const VALUES = f32("layers.1.v", [5, 2, 3], counted(40, 30));

const SIDECAR = new Map([["kv_cache_scales.json", new TextEncoder().encode("{}")]]);

async function layerOf(...tensors: readonly Tensor[]) {
  const source = memorySource("captured", new Map([["captured.safetensors", serialize(tensors)]]));
  return (await openActivations(source, signal)).layer(1, SHAPE, signal);
}

describe("captured activations", () => {
  it("are queries, keys and values by their names, whatever their order and floating-point type", async () => {
    const layer = await layerOf(VALUES, f32("layers.0.q", [1], [9]), KEYS, QUERY);
    expect(Object.fromEntries(Object.entries(layer).map(([name, numbers]) => [name, [...numbers]]))).toEqual({
      query: counted(-7, 24),
      keys: counted(1, 30),
      values: counted(40, 30),
    });
  });

  it.each<[string, Tensor[], string, RegExp]>([
    ["a layer without queries", [KEYS, VALUES], "layers.1.q", /found none of that name/],
    [
      "another number of heads",
      [f32("layers.1.q", [2, 2, 3], counted(0, 12)), KEYS, VALUES],
      "layers.1.q",
      /\[2, 2, 3\]/,
    ],
    ["a matrix", [QUERY, f32("layers.1.k", [10, 3], counted(0, 30)), VALUES], "layers.1.k", /\[10, 3\]/],
    [
      "numbers that are no floats",
      [QUERY, KEYS, zeros("layers.1.v", "I32", [5, 2, 3], 120)],
      "layers.1.v",
      /found I32/,
    ],
    [
      "no query",
      [zeros("layers.1.q", "F32", [0, 4, 3], 0), KEYS, VALUES],
      "layers.1.q",
      /one position or more, found F32/,
    ],
    [
      "no key",
      [QUERY, zeros("layers.1.k", "F32", [0, 2, 3], 0), VALUES],
      "layers.1.k",
      /one position or more, found F32/,
    ],
    [
      "fewer values than keys",
      [QUERY, KEYS, f32("layers.1.v", [4, 2, 3], counted(0, 24))],
      "layers.1.v",
      /expected 5 positions.*found 4/,
    ],
    [
      "more queries than keys",
      [f32("layers.1.q", [6, 4, 3], counted(0, 72)), KEYS, VALUES],
      "layers.1.q",
      /at most 5 positions.*found 6/,
    ],
  ])("are refused with %s", async (_, tensors, tensor, message) => {
    const refusal = await refusalOf(layerOf(...tensors));
    expect([refusal.code, refusal.subject]).toMatchObject([
      "activations-shape",
      { file: "captured", tensor },
    ]);
    expect(refusal.message).toMatch(message);
  });

  it("are not looked for where only a sidecar is", async () => {
    const refusal = await refusalOf(openActivations(memorySource("sidecar", SIDECAR), signal));
    expect(refusal.code).toBe("activations-form");
  });
});
