import { describe, expect, it } from "vitest";
import { amaxOfHead } from "../../../src/attention/range.js";
import { referenceBackend } from "../../../src/backend/reference.js";
import { documentsOf } from "../../../src/inventory/take.js";
import { recipeOf } from "../../../src/model/architectures/recipe-of.js";
import { runModel } from "../../../src/runner/forward/run.js";
import { type Stream, unscaled } from "../../../src/runner/forward/stream.js";
import type { Config } from "../../support/model/float64.js";
import { checkpointOf, quietIo, randomTensors, storedF32 } from "../../support/model/made-up.js";
import { EXACT, runCheckpoint } from "../../support/model/run-made-up.js";
import { shapesOf } from "../../support/model/shapes.js";

const CONFIG: Config = {
  ...{ model_type: "qwen3", hidden_size: 32, intermediate_size: 40, num_hidden_layers: 2, vocab_size: 300 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, head_dim: 12, rms_norm_eps: 1e-6 },
  ...{ rope_theta: 10_000, hidden_act: "silu", max_position_embeddings: 64 },
};
const made = () => checkpointOf(CONFIG, storedF32(randomTensors(shapesOf(CONFIG, "model."), 3)));
const LONG = Int32Array.from({ length: 35 }, (_, t) => (t * 37) % 300);
const SHORT = Int32Array.from({ length: 5 }, (_, t) => (t * 91 + 7) % 300);
const scaled = (name: string, k: number, v: number): Stream => ({
  name,
  cacheOf: () => ({
    k: { type: "float8_e4m3fn", scales: Float32Array.of(k) },
    v: { type: "float8_e4m3fn", scales: Float32Array.of(v) },
    writer: "cuda",
  }),
});

describe("streams and sequences", () => {
  it("sequences side by side are what each is alone", async () => {
    const both = await runCheckpoint(await made(), [SHORT, LONG]);
    const alone = [await runCheckpoint(await made(), [SHORT]), await runCheckpoint(await made(), [LONG])];
    expect(both.logits).toEqual(Float32Array.from([...alone[0]!.logits, ...alone[1]!.logits]));
    expect([...both.run.targets].map((id, t) => (id === -1 ? t : -1)).filter((t) => t >= 0)).toEqual([4, 39]);
  });

  it("the reference is the same whoever runs beside it, and its twin is at no distance", async () => {
    const streams = [EXACT, { ...EXACT, name: "twin" }, scaled("coarse", 0.5, 0.5)];
    const many = await runCheckpoint(await made(), [LONG], { streams });
    const alone = await runCheckpoint(await made(), [LONG]);
    expect(many.logits).toEqual(alone.logits);
    for (const { streams: told } of many.run.layers) {
      expect(told[0]).toMatchObject({
        name: "twin",
        local: { relativeL2: 0 },
        accumulated: 0,
        k: null,
        v: null,
      });
      expect(told[1]!.local.relativeL2).toBeGreaterThan(0.005);
      expect(told[1]!.accumulated).toBeGreaterThan(0.001);
      expect(told[1]!.k!.scales).toEqual([0.5]);
    }
    const { kl } = many.run.figures!;
    expect(Math.max(...kl.subarray(35, 70))).toBe(0);
    expect(Math.max(...kl.subarray(70))).toBeGreaterThan(0);
  });

  it("the local error is from the reference's own input, whatever came before", async () => {
    const later = (first: boolean): Stream => ({
      name: "second layer",
      cacheOf: (layer, reach) =>
        layer.index === 1 || first ? scaled("", 0.3, 0.3).cacheOf(layer, reach) : unscaled("float32"),
    });
    const { run } = await runCheckpoint(await made(), [LONG], {
      streams: [EXACT, later(false), later(true)],
    });
    const [one, both] = run.layers[1]!.streams;
    expect(one!.local).toEqual(both!.local);
    expect(run.layers[0]!.streams[0]!.accumulated).toBe(0);
    expect(both!.accumulated).not.toBe(one!.accumulated);
  });

  it("keys in 16 bits and values in FP8 lie between the two", async () => {
    const kept: Stream = {
      name: "k16-v8",
      cacheOf: (layer, reach) => ({
        ...scaled("", 0.05, 0.05).cacheOf(layer, reach),
        k: unscaled("bfloat16").k,
      }),
    };
    const { run } = await runCheckpoint(await made(), [LONG], {
      streams: [EXACT, kept, scaled("both", 0.05, 0.05)],
    });
    const [mixed, both] = run.layers[0]!.streams;
    expect(mixed!.local.relativeL2).toBeGreaterThan(0);
    expect(mixed!.local.relativeL2).toBeLessThan(both!.local.relativeL2);
    expect(mixed!.k).toBeNull();
    expect(mixed!.v!.scales[0]).toBeCloseTo(0.05);
  });
});

describe("what a run shows and leaves off", () => {
  const taskOf = async () => {
    const { source, inventory } = await made();
    const names = new Set(inventory.shards.flatMap(({ header }) => [...header.tensors.keys()]));
    const recipe = recipeOf(documentsOf(inventory).config!, names);
    const rest = {
      sequences: [LONG],
      streams: [EXACT],
      precision: "float32",
      backend: referenceBackend,
    } as const;
    return { source, inventory, recipe, ...rest };
  };

  it("each layer's queries, keys and values, in order; no logits where nobody asks for them", async () => {
    const seen: [number, number][] = [];
    const { layers, figures } = await runModel(
      {
        ...(await taskOf()),
        withoutHead: true,
        observe: async ({ index }, { query, keys, values }) => {
          expect([query.length, keys.length, values.length]).toEqual([35 * 48, 35 * 24, 35 * 24]);
          seen.push([index, amaxOfHead(keys, { heads: 2, size: 12 }, 1)]);
        },
      },
      quietIo,
    );
    expect(figures).toBeUndefined();
    expect(seen).toEqual(layers.map(({ layer, reach }) => [layer, reach.k[1]]));
  });

  it("the reason of a signal, soon", async () => {
    const abort = new AbortController();
    const observe = async () => abort.abort(new Error("stop here"));
    await expect(
      runModel({ ...(await taskOf()), observe }, { emit: () => {}, signal: abort.signal }),
    ).rejects.toThrow("stop here");
  });
});
