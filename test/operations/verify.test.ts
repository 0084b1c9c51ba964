import { describe, expect, it } from "vitest";
import { f32, type Tensor } from "../../fixtures/recipes/tensors.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { randomFrom } from "../../src/numeric/random.js";
import { type Deps, localDeps } from "../../src/operations/deps.js";
import { type VerifyInput, verify } from "../../src/operations/verify.js";
import { serialize } from "../../src/tensors/layout.js";
import { heardIo } from "../checkpoint/scratch.js";
import { unheard } from "./desk.js";

const [HEADS, KV_HEADS, SIZE, KEYS] = [4, 2, 32, 200];
const SCALES = [0.02, 0.05, 0.004] as const;

/** Scales of k, and half of them for v; weights there are none. */
function scaled(factors: readonly number[]): readonly Tensor[] {
  return SCALES.flatMap((scale, layer) => {
    const site = `model.layers.${layer}.self_attn`;
    const own = scale * factors[layer]!;
    return [f32(`${site}.k_scale`, [], [own]), f32(`${site}.v_scale`, [], [own / 2])];
  });
}

/** Keys and values that just fit the scales, those of one layer so many times larger. */
function captured(layerAtFault: number, factor: number): readonly Tensor[] {
  return SCALES.flatMap((scale, layer) => {
    const { uniform } = randomFrom(layer);
    const drawn = (name: string, rows: number, heads: number, largest: number) => {
      const numbers = Array.from({ length: rows * heads * SIZE }, () => (2 * uniform() - 1) * largest);
      return f32(`layers.${layer}.${name}`, [rows, heads, SIZE], numbers);
    };
    const peak = 448 * scale * (layer === layerAtFault ? factor : 1);
    const [q, k] = [drawn("q", 3, HEADS, 10 / peak), drawn("k", KEYS, KV_HEADS, peak)];
    return [q, k, drawn("v", KEYS, KV_HEADS, peak / 2)];
  });
}

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: HEADS * SIZE,
  num_attention_heads: HEADS,
  num_key_value_heads: KV_HEADS,
  num_hidden_layers: SCALES.length,
  torch_dtype: "bfloat16",
  kv_cache_torch_dtype: "float8_e4m3fn",
};

const FILES: Record<string, readonly Tensor[]> = {
  sound: scaled([1, 1, 1]),
  quarter: scaled([1, 1 / 4, 1]),
  "not-a-number": scaled([1, NaN, 1]),
  negative: scaled([1, -1, 1]),
  nothing: scaled([1, 0, 1]),
  fitting: captured(1, 1),
  larger: captured(1, 4),
  windowed: [
    ...scaled([1, 1, 1]),
    f32("model.embed_tokens.weight", [8, HEADS * SIZE], Array(8 * HEADS * SIZE).fill(0)),
  ],
};

/** A window of one: each query sees its own key alone, and so attends to it wholly, whatever was rounded. */
const WINDOWED = { ...CONFIG, model_type: "mistral", vocab_size: 8, intermediate_size: 8, sliding_window: 1 };

const deps: Deps = {
  ...localDeps,
  open: async (ref) => {
    const config = new TextEncoder().encode(JSON.stringify(ref === "windowed" ? WINDOWED : CONFIG));
    const tensors = serialize(FILES[ref]!);
    return memorySource(
      ref,
      new Map([
        ["config.json", config],
        ["model.safetensors", tensors],
      ]),
    );
  },
};

const verified = (ref: string, input: Omit<VerifyInput, "ref"> = {}) =>
  verify({ ref, backend: "reference", keys: KEYS, queries: 3, ...input }, unheard, deps);

describe("verify without a model", () => {
  it("finds scales good that fit, at 1.0 too: such values lose nothing by it", async () => {
    expect(await verified("sound")).toMatchObject({ data: "synthetic", model: null, ok: true, level: "ok" });
    expect(await verified("sound", { scales: "unit" })).toMatchObject({ ok: true, level: "ok" });
  });

  it.each<[string, string, Omit<VerifyInput, "ref">]>([
    ["a scale four times too small, to values of another checkpoint", "quarter", { fit: "sound" }],
    ["the same scale given for the checkpoint's own", "sound", { scales: "quarter" }],
    ["captured values four times too large", "sound", { activations: "larger" }],
  ])("fails %s, in that layer alone", async (_, ref, input) => {
    const { ok, layers } = await verified(ref, input);
    expect([ok, layers.map(({ level }) => level === "fail")]).toEqual([false, [false, true, false]]);
    expect(layers[1]!.reasons.join()).toMatch(/of k saturate.*of v saturate/);
  });

  it("cannot see it where values are drawn to fit that very scale", async () => {
    expect((await verified("quarter")).ok).toBe(true);
  });

  it("passes captured values that fit", async () => {
    expect(await verified("sound", { activations: "fitting" })).toMatchObject({
      data: "activations",
      ok: true,
    });
  });

  it("attends to captured values as the model does, or warns that it does not know how", async () => {
    const warned = async (ref: string) => {
      const io = heardIo();
      const input = { ref, activations: "fitting", backend: "reference", keys: KEYS, queries: 3 } as const;
      const { layers } = await verify(input, io, deps);
      const warnings = io.events.flatMap((event) => (event.type === "warning" ? [event.code] : []));
      return { warnings, divergences: layers.map(({ figures }) => figures!.loss.divergence) };
    };
    expect(await warned("windowed")).toEqual({ warnings: [], divergences: [0, 0, 0] });
    const sound = await warned("sound");
    expect(sound.warnings).toEqual(["softmax-assumed"]);
    for (const divergence of sound.divergences) expect(divergence).toBeGreaterThan(0);
  });

  it.each([
    ["not-a-number", "NaN"],
    ["negative", "-0.05"],
    ["nothing", "0"],
  ])("fails a scale that is %s, and runs nothing with it", async (ref, shown) => {
    const { ok, layers } = await verified(ref);
    expect([ok, layers.map(({ figures }) => figures === null)]).toEqual([false, [false, true, false]]);
    expect(layers[1]!.reasons[0]).toMatch(
      new RegExp(`^the k scale is ${shown}\\d*, not a positive finite number$`),
    );
    expect(layers[1]!.reasons[1]).toMatch(/^the v scale is /);
  });

  it("gives the same figures again, and others for another seed", async () => {
    const [first, again, other] = [
      await verified("sound"),
      await verified("sound"),
      await verified("sound", { seed: 1 }),
    ];
    expect(again).toEqual(first);
    expect(other.layers[0]!.figures!.loss).not.toEqual(first.layers[0]!.figures!.loss);
  });
});
