import type { Fields } from "./fields.js";
import type { Architecture, WindowRule } from "./row.js";

const attentionBias = { key: "attention_bias" };
const noBiases = { input: false, output: false, feed: false };
const always = () => true;

/** No layer has a window. */
const open: WindowRule = () => undefined;

/** Every layer has the config's window; null: none. `absent`: the class's own default. */
function everywhere(absent?: number): WindowRule {
  return (config) => {
    if (config.object.has("sliding_window") && !config.has("sliding_window")) return undefined;
    return config.has("sliding_window") || absent !== undefined
      ? config.count("sliding_window", absent)
      : undefined;
  };
}

/** Layers from `max_window_layers` on, where `use_sliding_window` says so, or as `layer_types` lists them. */
const qwenWindow: WindowRule = (config, layer) => {
  if (!config.flag("use_sliding_window", false)) return undefined;
  const late = layer >= config.number("max_window_layers", 28);
  return isSliding(config, layer, late) ? config.count("sliding_window", 4096) : undefined;
};

/** All but every n-th layer. */
function alternating(pattern: (config: Fields) => number): WindowRule {
  return (config, layer) => {
    const sliding = isSliding(config, layer, (layer + 1) % pattern(config) !== 0);
    return sliding ? config.count("sliding_window", 4096) : undefined;
  };
}

function isSliding(config: Fields, layer: number, otherwise: boolean): boolean {
  const type = config.texts("layer_types")?.[layer];
  if (type === undefined) return otherwise;
  if (type === "sliding_attention" || type === "full_attention") return type === "sliding_attention";
  throw config.wrong("layer_types", "sliding_attention and full_attention only");
}

const WINDOW = ["sliding_window"];
const QWEN = [...WINDOW, "use_sliding_window", "max_window_layers", "layer_types"];
/** `hidden_act` and `sliding_window_size` stand in Gemma's configs; its code reads neither. */
const GEMMA = [
  ...[...WINDOW, "layer_types", "sliding_window_pattern", "_sliding_window_pattern"],
  ...["hidden_act", "sliding_window_size", "use_bidirectional_attention"],
];

/**
 * The architectures that can be run. Sources: `configuration_*.py` and `modeling_*.py` of transformers @ef46806,
 * one folder each.
 */
export const ARCHITECTURES: readonly Architecture[] = [
  {
    modelType: "llama",
    absent: { theta: 10_000, tied: false },
    biases: { input: attentionBias, output: attentionBias, feed: { key: "mlp_bias" } },
    activationKey: "hidden_act",
    window: open,
  },
  {
    modelType: "mistral",
    absent: { theta: 10_000, tied: false },
    biases: noBiases,
    activationKey: "hidden_act",
    window: everywhere(4096),
    reads: WINDOW,
  },
  {
    modelType: "qwen2",
    absent: { theta: 10_000, tied: false },
    biases: { input: true, output: false, feed: false },
    activationKey: "hidden_act",
    window: qwenWindow,
    reads: QWEN,
  },
  {
    modelType: "qwen3",
    absent: { headSize: 128, theta: 10_000, tied: false },
    biases: { input: attentionBias, output: attentionBias, feed: false },
    headNorms: true,
    activationKey: "hidden_act",
    window: qwenWindow,
    reads: QWEN,
  },
  {
    modelType: "phi3",
    absent: { theta: 10_000, tied: false },
    biases: noBiases,
    fused: true,
    activationKey: "hidden_act",
    window: everywhere(),
    reads: [...WINDOW, "full_attn_mod"],
  },
  {
    modelType: "gemma2",
    absent: { headSize: 256, theta: 10_000, tied: true },
    biases: { input: attentionBias, output: attentionBias, feed: false },
    gemma: true,
    scaleKey: "query_pre_attn_scalar",
    softcaps: { attention: "attn_logit_softcapping", logits: "final_logit_softcapping" },
    activationKey: "hidden_activation",
    window: alternating(() => 2),
    reads: GEMMA,
  },
  {
    modelType: "gemma3_text",
    absent: { headSize: 256, theta: 1_000_000, tied: true },
    biases: { input: attentionBias, output: attentionBias, feed: false },
    headNorms: true,
    gemma: true,
    scaleKey: "query_pre_attn_scalar",
    softcaps: { attention: "attn_logit_softcapping", logits: "final_logit_softcapping" },
    activationKey: "hidden_activation",
    window: alternating((config) => config.count("sliding_window_pattern", 6)),
    windowTheta: { key: "rope_local_base_freq", absent: 10_000 },
    reads: GEMMA,
  },
  {
    modelType: "mixtral",
    absent: { theta: 1_000_000, tied: false },
    biases: noBiases,
    activationKey: "hidden_act",
    window: everywhere(),
    reads: WINDOW,
    experts: {
      module: "block_sparse_moe",
      count: "num_local_experts",
      chosen: "num_experts_per_tok",
      width: "intermediate_size",
      names: { gate: "w1", up: "w3", down: "w2" },
      renormalised: true,
      at: always,
    },
  },
  {
    modelType: "qwen3_moe",
    absent: { theta: 10_000, tied: false },
    biases: { input: attentionBias, output: attentionBias, feed: false },
    headNorms: true,
    activationKey: "hidden_act",
    window: (config) =>
      config.flag("use_sliding_window", false) ? config.count("sliding_window", 4096) : undefined,
    reads: QWEN,
    experts: {
      module: "mlp",
      count: "num_experts",
      chosen: "num_experts_per_tok",
      width: "moe_intermediate_size",
      names: { gate: "gate_proj", up: "up_proj", down: "down_proj" },
      renormalised: { key: "norm_topk_prob" },
      at: (config, layer) =>
        !config.numbers("mlp_only_layers", []).includes(layer) &&
        (layer + 1) % config.count("decoder_sparse_step", 1) === 0,
    },
  },
];
