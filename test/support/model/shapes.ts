import type { Config } from "./float64.js";

/** Names and shapes of the tensors that transformers saves for a config; the output's name has no prefix. */
export function shapesOf(config: Config, prefix: string): Map<string, readonly number[]> {
  const { hidden_size: hidden, vocab_size: vocabulary, num_hidden_layers: layers } = config;
  const shapes: [string, readonly number[]][] = [
    [`${prefix}embed_tokens.weight`, [vocabulary, hidden]],
    [`${prefix}norm.weight`, [hidden]],
  ];
  if (config.tie_word_embeddings !== true) shapes.push(["lm_head.weight", [vocabulary, hidden]]);
  for (let layer = 0; layer < layers; layer++) {
    const at = `${prefix}layers.${layer}`;
    shapes.push(
      ...normsOf(config, at),
      ...attentionOf(config, `${at}.self_attn`),
      ...feedOf(config, at, layer),
    );
  }
  return new Map(shapes);
}

type Names = readonly [gate: string, up: string, down: string];
type Shapes = [string, readonly number[]][];

function normsOf({ model_type: type, hidden_size: hidden }: Config, at: string): Shapes {
  const names = ["input_layernorm", "post_attention_layernorm"];
  if (type.startsWith("gemma")) names.push("pre_feedforward_layernorm", "post_feedforward_layernorm");
  return names.map((name) => [`${at}.${name}.weight`, [hidden]]);
}

function attentionOf(config: Config, at: string): Shapes {
  const {
    model_type: type,
    hidden_size: hidden,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
  } = config;
  const size = config.head_dim ?? hidden / heads;
  const [queries, keys] = [heads * size, kvHeads * size];
  const output: Shapes = [[`${at}.o_proj.weight`, [hidden, queries]]];
  if (config.attention_bias) output.push([`${at}.o_proj.bias`, [hidden]]);
  if (type === "phi3") return [...output, [`${at}.qkv_proj.weight`, [queries + 2 * keys, hidden]]];
  const inputs = (
    [
      ["q", queries],
      ["k", keys],
      ["v", keys],
    ] as const
  ).flatMap(([name, rows]): Shapes => {
    const weight: Shapes = [[`${at}.${name}_proj.weight`, [rows, hidden]]];
    return type === "qwen2" || config.attention_bias
      ? [...weight, [`${at}.${name}_proj.bias`, [rows]]]
      : weight;
  });
  const normed = type.startsWith("qwen3") || type === "gemma3_text";
  const norms: Shapes = normed ? ["q_norm", "k_norm"].map((name) => [`${at}.${name}.weight`, [size]]) : [];
  return [...output, ...inputs, ...norms];
}

function feedOf(config: Config, at: string, layer: number): Shapes {
  const { model_type: type, hidden_size: hidden, intermediate_size: width } = config;
  const unit = (
    module: string,
    own: number,
    [gate, up, down]: Names = ["gate_proj", "up_proj", "down_proj"],
  ): Shapes => [
    [`${module}.${gate}.weight`, [own, hidden]],
    [`${module}.${up}.weight`, [own, hidden]],
    [`${module}.${down}.weight`, [hidden, own]],
  ];
  const many = (module: string, count: number, own: number, names?: Names): Shapes => [
    [`${module}.gate.weight`, [count, hidden]],
    ...Array.from({ length: count }, (_, e) => unit(`${module}.experts.${e}`, own, names)).flat(),
  ];
  if (type === "mixtral")
    return many(`${at}.block_sparse_moe`, config.num_local_experts!, width, ["w1", "w3", "w2"]);
  const sparse = type === "qwen3_moe" && !config.mlp_only_layers!.includes(layer);
  if (sparse && (layer + 1) % config.decoder_sparse_step! === 0)
    return many(`${at}.mlp`, config.num_experts!, config.moe_intermediate_size!);
  if (type === "phi3")
    return [
      [`${at}.mlp.gate_up_proj.weight`, [2 * width, hidden]],
      [`${at}.mlp.down_proj.weight`, [hidden, width]],
    ];
  const biases: Shapes = [
    [`${at}.mlp.gate_proj.bias`, [width]],
    [`${at}.mlp.up_proj.bias`, [width]],
    [`${at}.mlp.down_proj.bias`, [hidden]],
  ];
  return config.mlp_bias ? [...unit(`${at}.mlp`, width), ...biases] : unit(`${at}.mlp`, width);
}
