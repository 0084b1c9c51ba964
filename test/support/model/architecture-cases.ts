import type { Config } from "./float64.js";
import { randomTensors, type Tensor } from "./made-up.js";
import { shapesOf } from "./shapes.js";

/** Sizes that a pass in plain numbers is done with at once. */
export const SIZES = {
  ...{ hidden_size: 32, intermediate_size: 40, num_hidden_layers: 3, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, vocab_size: 50, rms_norm_eps: 1e-6, max_position_embeddings: 64 },
  ...{ rope_theta: 10_000, hidden_act: "silu" as const },
};
export const GEMMA3 = {
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

/** Architectures and kinds of rotation: name, config, lengths of the sequences that are run. */
export const ARCHITECTURES: readonly (readonly [name: string, config: Config, lengths: readonly number[]])[] =
  [
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
        ...{ attn_logit_softcapping: 5.5, final_logit_softcapping: 8.5 },
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

/** The weights of a case, float32, as transformers would name them. */
export function tensorsOf(config: Config): Map<string, Tensor> {
  return randomTensors(shapesOf(config, "model."), 7);
}

/** Token ids of so many sequences. */
export function sequencesOf(lengths: readonly number[], vocabulary: number): Int32Array[] {
  return lengths.map((length, n) =>
    Int32Array.from({ length }, (_, t) => (t * t * 7 + 3 * t + 11 * n) % vocabulary),
  );
}
