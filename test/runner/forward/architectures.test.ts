import { describe, expect, it } from "vitest";
import { deviation } from "../../../src/numeric/metrics.js";
import { type Config, exactly } from "../../support/model/float64.js";
import { checkpointOf, randomTensors, storedF32 } from "../../support/model/made-up.js";
import { runCheckpoint } from "../../support/model/run-made-up.js";
import { shapesOf } from "../../support/model/shapes.js";

const SIZES = {
  ...{ hidden_size: 32, intermediate_size: 40, num_hidden_layers: 3, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, vocab_size: 50, rms_norm_eps: 1e-6, max_position_embeddings: 64 },
  ...{ rope_theta: 10_000, hidden_act: "silu" as const },
};
const GEMMA3 = {
  ...{ ...SIZES, model_type: "gemma3_text", head_dim: 12, hidden_activation: "gelu_pytorch_tanh" as const },
  ...{ tie_word_embeddings: true, query_pre_attn_scalar: 20, sliding_window: 7, sliding_window_pattern: 3 },
};
const QWEN_MOE = {
  ...{ ...SIZES, model_type: "qwen3_moe", head_dim: 12, num_experts: 5, num_experts_per_tok: 2 },
  ...{ moe_intermediate_size: 24, norm_topk_prob: true, decoder_sparse_step: 1, mlp_only_layers: [1] },
};
const factors = (from: number) => Array.from({ length: 3 }, (_, i) => from + 0.3 * i);
const LONGROPE = {
  ...{ ...SIZES, model_type: "phi3", partial_rotary_factor: 0.75, original_max_position_embeddings: 16 },
  rope_scaling: { type: "longrope", short_factor: factors(1), long_factor: factors(2) },
};

/** Architectures without golden logits, and the kinds of rotation. Lengths of sequences; the first also alone. */
const CASES: readonly (readonly [name: string, config: Config, lengths: readonly number[]])[] = [
  ["llama, grouped heads", { ...SIZES, model_type: "llama" }, [23]],
  [
    "llama with biases everywhere, tied",
    { ...SIZES, model_type: "llama", attention_bias: true, mlp_bias: true, tie_word_embeddings: true },
    [9],
  ],
  ["llama, linear", { ...SIZES, model_type: "llama", rope_scaling: { type: "linear", factor: 4 } }, [23]],
  [
    "llama, dynamic, within and beyond the trained length",
    {
      ...{ ...SIZES, model_type: "llama", max_position_embeddings: 16 },
      rope_scaling: { rope_type: "dynamic", factor: 3 },
    },
    [23, 12],
  ],
  [
    "llama, yarn",
    {
      ...{ ...SIZES, model_type: "llama", head_dim: 16, max_position_embeddings: 256 },
      rope_parameters: {
        ...{ rope_type: "yarn", factor: 8, original_max_position_embeddings: 32, rope_theta: 500 },
        ...{ beta_fast: 4, beta_slow: 1 },
      },
    },
    [40],
  ],
  [
    "llama, llama3",
    {
      ...{ ...SIZES, model_type: "llama", head_dim: 16 },
      rope_scaling: {
        ...{ rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
        original_max_position_embeddings: 32,
      },
    },
    [30],
  ],
  ["mistral with a window", { ...SIZES, model_type: "mistral", sliding_window: 6 }, [23]],
  [
    "qwen2, windows from a layer on",
    { ...SIZES, model_type: "qwen2", use_sliding_window: true, max_window_layers: 1, sliding_window: 5 },
    [23],
  ],
  [
    "qwen2, its window switched off",
    { ...SIZES, model_type: "qwen2", use_sliding_window: false, max_window_layers: 1, sliding_window: 5 },
    [23],
  ],
  ["qwen3", { ...SIZES, model_type: "qwen3", head_dim: 12 }, [23]],
  ["phi3, longrope, short and long, part of each head turning", { ...LONGROPE, hidden_size: 32 }, [23, 11]],
  [
    "gemma2",
    {
      ...{ ...GEMMA3, model_type: "gemma2" },
      ...{ attn_logit_softcapping: 5, final_logit_softcapping: 8 },
    },
    [23],
  ],
  [
    "gemma3 in the words of transformers 4",
    {
      ...GEMMA3,
      rope_theta: 1e6,
      rope_local_base_freq: 100,
      rope_scaling: { rope_type: "linear", factor: 8 },
    },
    [23],
  ],
  [
    "gemma3 in the words of transformers 5",
    {
      ...GEMMA3,
      rope_parameters: {
        full_attention: { rope_type: "linear", factor: 8, rope_theta: 1e6 },
        sliding_attention: { rope_type: "default", rope_theta: 100 },
      },
    },
    [23],
  ],
  ["mixtral", { ...SIZES, model_type: "mixtral", num_local_experts: 4, num_experts_per_tok: 2 }, [23]],
  ["qwen3_moe, a dense layer between", QWEN_MOE, [23]],
  [
    "qwen3_moe, shares not made to sum to one, every second layer dense",
    { ...QWEN_MOE, norm_topk_prob: false, decoder_sparse_step: 2, mlp_only_layers: [] },
    [23],
  ],
];

describe("architectures, against a float64 forward pass that shares nothing with the recipes", () => {
  it.each(CASES)("%s", async (_, config, lengths) => {
    const tensors = randomTensors(shapesOf(config, "model."), 7);
    const sequences = sequencesOf(lengths, config.vocab_size);
    const { run, logits } = await runCheckpoint(await checkpointOf(config, storedF32(tensors)), sequences);
    const exact = sequences.map((ids) => exactly(config, tensors, [...ids]));
    const expected = exact.flatMap((one) => one.logits.flatMap((row) => [...row]));
    expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
    for (const role of ["k", "v"] as const) {
      for (const [layer, { reach }] of run.layers.entries()) {
        const peaks = exact[0]![role][layer]!.map((_peak, head) =>
          Math.max(...exact.map((one) => one[role][layer]![head]!)),
        );
        for (const [head, peak] of peaks.entries())
          expect(Math.abs(reach[role][head]! / peak - 1)).toBeLessThan(3e-6);
      }
    }
  });

  it.each([
    ["gemma3 within its wrapper", GEMMA3, "gemma3", "language_model.model.", ""],
    ["gemma3 within its wrapper, transformers 5", GEMMA3, "gemma3", "model.language_model.", ""],
    [
      "llama within llava",
      { ...SIZES, model_type: "llama" },
      "llava",
      "language_model.model.",
      "language_model.",
    ],
    [
      "llama within llava, transformers 5",
      { ...SIZES, model_type: "llama" },
      "llava",
      "model.language_model.",
      "",
    ],
    ["llama within idefics3", { ...SIZES, model_type: "llama" }, "idefics3", "model.text_model.", ""],
  ] as const)("%s", async (_, text, wrapper, prefix, head) => {
    const config: Config = text.model_type === "llama" ? text : { ...text, rope_local_base_freq: 100 };
    const tensors = randomTensors(shapesOf(config, prefix), 11);
    const ids = sequencesOf([15], config.vocab_size);
    const stored = storedF32(tensors);
    const output = stored.get("lm_head.weight");
    if (output !== undefined && head !== "") {
      stored.delete("lm_head.weight");
      stored.set(`${head}lm_head.weight`, output);
    }
    stored.set("vision_tower.embeddings.weight", { dtype: "F32", shape: [1], bytes: new Uint8Array(4) });
    const checkpoint = await checkpointOf({ model_type: wrapper, text_config: config }, stored);
    const { logits } = await runCheckpoint(checkpoint, ids);
    const expected = exactly(config, tensors, [...ids[0]!], prefix).logits.flatMap((row) => [...row]);
    expect(deviation(expected, logits).relativeL2).toBeLessThan(5e-6);
  });
});

function sequencesOf(lengths: readonly number[], vocabulary: number): Int32Array[] {
  return lengths.map((length, n) =>
    Int32Array.from({ length }, (_, t) => (t * t * 7 + 3 * t + 11 * n) % vocabulary),
  );
}
