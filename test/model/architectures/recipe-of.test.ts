import { describe, expect, it } from "vitest";
import { parseDocument } from "../../../src/document/document.js";
import { KNOWN_ARCHITECTURES, recipeOf } from "../../../src/model/architectures/recipe-of.js";

const BASE = {
  ...{ model_type: "llama", hidden_size: 32, intermediate_size: 40, num_hidden_layers: 6, vocab_size: 50 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 64 },
};
const NAMES = new Set(["model.embed_tokens.weight"]);
const recipe = (config: object, names: ReadonlySet<string> = NAMES) =>
  recipeOf(parseDocument(JSON.stringify(config), "config.json"), names);
const windows = (config: object) => recipe(config).layers.map(({ attention }) => attention.window ?? 0);

describe("what is refused", () => {
  it("an architecture that is not known, with the list of those that are", () => {
    expect(() => recipe({ ...BASE, model_type: "granite" })).toThrow(
      `expected a model_type that can be run: ${KNOWN_ARCHITECTURES.join(", ")}, found "granite"`,
    );
  });

  it("a wrapper around such a one, and a checkpoint without the decoder's embedding", () => {
    expect(() => recipe({ model_type: "x", text_config: { model_type: "mllama_text_model" } })).toThrow(
      /mllama/,
    );
    expect(() => recipe(BASE, new Set(["transformer.wte.weight"]))).toThrow(/model\.embed_tokens\.weight/);
  });

  it.each([
    ["residual_multiplier", 0.22],
    ["embedding_multiplier", 12],
    ["attn_logit_softcapping", 50],
    ["sliding_window", 4096],
    ["layer_types", ["sliding_attention"]],
    ["clip_qkv", 8],
    ["use_qk_norm", true],
    ["num_local_experts", 8],
  ])("a llama with %s, which its arithmetic does not have", (key, value) => {
    expect(() => recipe({ ...BASE, [key]: value })).toThrow(key);
    expect(() => recipe({ ...BASE, [key]: null })).not.toThrow();
  });

  it.each([
    [{ ...BASE, model_type: "mistral", attention_bias: true }, "attention_bias"],
    [{ ...BASE, model_type: "gemma2", use_bidirectional_attention: true }, "use_bidirectional_attention"],
    [{ ...BASE, hidden_act: "relu" }, "hidden_act"],
    [{ ...BASE, rope_scaling: { rope_type: "mrope", mrope_section: [2, 2] } }, '"mrope"'],
    [{ ...BASE, rope_scaling: { rope_type: "default", mrope_section: [2, 2] } }, "mrope_section"],
    [{ ...BASE, rope_scaling: { rope_type: "yarn", factor: 2, short_factor: [1] } }, "short_factor"],
    [{ ...BASE, rope_scaling: { rope_type: "linear" } }, "rope_scaling.factor"],
    [
      { ...BASE, rope_scaling: { rope_type: "longrope", short_factor: [1], long_factor: [1] } },
      "short_factor",
    ],
    [
      { ...BASE, model_type: "qwen3", rope_parameters: { full_attention: { rope_type: "default" } } },
      "full_attention",
    ],
    [{ ...BASE, num_attention_heads: "4" }, "num_attention_heads"],
    [{ ...BASE, num_key_value_heads: 3 }, "num_key_value_heads"],
    [{ ...BASE, partial_rotary_factor: 0.4 }, "partial_rotary_factor"],
  ])("%j", (config, told) => {
    expect(() => recipe(config)).toThrow(told);
  });

  it("nothing for fields without effect", () => {
    const idle = {
      ...{
        attention_dropout: 0.1,
        output_router_logits: true,
        _attn_implementation: "sdpa",
        pretraining_tp: 2,
      },
      ...{ logits_scaling: 1, residual_multiplier: 1, use_cache: true, quantization_config: {} },
    };
    expect(() => recipe({ ...BASE, ...idle })).not.toThrow();
  });
});

describe("what transformers would take for granted", () => {
  it("a text config of gemma-3-4b, which leaves most out", () => {
    const text = {
      ...{ hidden_size: 2560, intermediate_size: 10_240, model_type: "gemma3_text", num_hidden_layers: 34 },
      ...{ rope_scaling: { factor: 8, rope_type: "linear" }, sliding_window: 1024 },
    };
    const names = new Set(["language_model.model.embed_tokens.weight"]);
    const { heads, kvHeads, headSize, vocabulary, layers, ropes, head, embedding } = recipe(
      { model_type: "gemma3", text_config: text },
      names,
    );
    expect({ heads, kvHeads, headSize, vocabulary }).toEqual({
      heads: 8,
      kvHeads: 4,
      headSize: 256,
      vocabulary: 262_208,
    });
    expect(head.weights).toBe(embedding);
    expect(layers[5]!.attention).toMatchObject({ rope: 0, softmaxScale: 1 / 16 });
    expect(layers[4]!.attention).toMatchObject({ rope: 1, window: 1024 });
    expect(ropes).toEqual([
      { kind: "linear", factor: 8, theta: 1_000_000, features: 256 },
      { kind: "default", theta: 10_000, features: 256 },
    ]);
  });

  it("soft caps of gemma2, unless they are switched off", () => {
    const gemma = { ...BASE, model_type: "gemma2" };
    expect(recipe(gemma).logitSoftcap).toBe(30);
    expect(recipe(gemma).layers[0]!.attention.softcap).toBe(50);
    expect(recipe({ ...gemma, final_logit_softcapping: null }).logitSoftcap).toBe(0);
    expect(recipe({ ...gemma, attn_logit_softcapping: null }).layers[0]!.attention.softcap).toBeUndefined();
  });

  it("as many KV heads as query heads where null says so, the class's number where nothing does", () => {
    const { num_key_value_heads: _, ...rest } = BASE;
    expect(recipe(rest).kvHeads).toBe(4);
    const many = { ...rest, num_attention_heads: 16 };
    expect(recipe({ ...many, model_type: "mistral" }).kvHeads).toBe(8);
    expect(recipe({ ...many, model_type: "mistral", num_key_value_heads: null }).kvHeads).toBe(16);
  });
});

describe("windows by layer", () => {
  it.each([
    ["mistral, its default", { model_type: "mistral" }, [4096, 4096, 4096, 4096, 4096, 4096]],
    ["mistral, switched off", { model_type: "mistral", sliding_window: null }, [0, 0, 0, 0, 0, 0]],
    [
      "qwen2",
      { model_type: "qwen2", use_sliding_window: true, sliding_window: 8, max_window_layers: 4 },
      [0, 0, 0, 0, 8, 8],
    ],
    [
      "qwen2, off",
      { model_type: "qwen2", use_sliding_window: false, sliding_window: 8, max_window_layers: 4 },
      [0, 0, 0, 0, 0, 0],
    ],
    ["gemma2", { model_type: "gemma2", sliding_window: 8 }, [8, 0, 8, 0, 8, 0]],
    ["gemma3", { model_type: "gemma3_text", sliding_window: 8 }, [8, 8, 8, 8, 8, 0]],
    [
      "gemma3, another pattern",
      { model_type: "gemma3_text", sliding_window: 8, sliding_window_pattern: 2 },
      [8, 0, 8, 0, 8, 0],
    ],
    [
      "gemma3, listed",
      {
        ...{ model_type: "gemma3_text", sliding_window: 8 },
        layer_types: [...Array(5).fill("full_attention"), "sliding_attention"],
      },
      [0, 0, 0, 0, 0, 8],
    ],
    ["phi3", { model_type: "phi3", sliding_window: 8 }, [8, 8, 8, 8, 8, 8]],
    ["mixtral", { model_type: "mixtral" }, [0, 0, 0, 0, 0, 0]],
  ] as const)("%s", (_, config, expected) => {
    expect(windows({ ...BASE, ...config })).toEqual(expected);
  });
});

describe("names", () => {
  it("fused projections are rows of one tensor", () => {
    const { attention, feed } = recipe({ ...BASE, model_type: "phi3" }).layers[1]!;
    const tensor = "model.layers.1.self_attn.qkv_proj.weight";
    expect([attention.query, attention.key, attention.value].map(({ weights }) => weights)).toEqual([
      { tensor, first: 0, rows: 32, of: 64, columns: 32 },
      { tensor, first: 32, rows: 16, of: 64, columns: 32 },
      { tensor, first: 48, rows: 16, of: 64, columns: 32 },
    ]);
    expect(feed.kind === "dense" && feed.unit.up.weights).toMatchObject({ first: 40, rows: 40, of: 80 });
  });

  it("both spellings of a rotation say the same", () => {
    const yarn = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 16 };
    const four = recipe({ ...BASE, rope_theta: 500, rope_scaling: yarn });
    const five = recipe({ ...BASE, rope_parameters: { ...yarn, rope_theta: 500 } });
    expect(four.ropes).toEqual(five.ropes);
    expect(four.ropes[0]).toMatchObject({
      kind: "yarn",
      attentionFactor: 0.1 * Math.log(4) + 1,
      trained: 16,
    });
  });
});
