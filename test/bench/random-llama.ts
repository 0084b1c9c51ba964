import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { numberToBf16 } from "../../src/numeric/half.js";
import { randomFrom } from "../../src/numeric/random.js";
import { layout, type TensorSpec } from "../../src/tensors/layout.js";

/** Sizes of a Llama; the rest follows. */
export interface LlamaSizes {
  readonly hidden: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
}

/** A BF16 Llama of random weights, small enough that nothing overflows; one shard a layer. Returns its bytes. */
export function makeLlama(folder: string, sizes: LlamaSizes): number {
  mkdirSync(folder, { recursive: true });
  const weights = block((random) => 0.02 * random());
  const map = new Map<string, string>();
  const shards = [outside(sizes), ...Array.from({ length: sizes.layers }, (_, at) => layerOf(sizes, at))];
  let total = 0;
  for (const [at, specs] of shards.entries()) {
    const file = `model-${at}.safetensors`;
    for (const { name } of specs) map.set(name, file);
    total += write(join(folder, file), specs, weights);
  }
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries(map) };
  writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
  writeFileSync(join(folder, "config.json"), JSON.stringify(configOf(sizes)));
  return total;
}

function configOf({ hidden, width, layers, heads, kvHeads, vocabulary }: LlamaSizes) {
  return {
    ...{
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      torch_dtype: "bfloat16",
      hidden_act: "silu",
    },
    ...{
      hidden_size: hidden,
      intermediate_size: width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
    },
    ...{ num_key_value_heads: kvHeads, vocab_size: vocabulary, rms_norm_eps: 1e-5, rope_theta: 10000 },
    ...{ max_position_embeddings: 4096, tie_word_embeddings: false },
  };
}

function outside({ hidden, vocabulary }: LlamaSizes): TensorSpec[] {
  return [
    spec("model.embed_tokens.weight", [vocabulary, hidden]),
    spec("lm_head.weight", [vocabulary, hidden]),
    spec("model.norm.weight", [hidden]),
  ];
}

function layerOf({ hidden, width, heads, kvHeads }: LlamaSizes, at: number): TensorSpec[] {
  const keys = (hidden / heads) * kvHeads;
  const shapes: readonly [string, number[]][] = [
    ["self_attn.q_proj", [hidden, hidden]],
    ["self_attn.k_proj", [keys, hidden]],
    ["self_attn.v_proj", [keys, hidden]],
    ["self_attn.o_proj", [hidden, hidden]],
    ["mlp.gate_proj", [width, hidden]],
    ["mlp.up_proj", [width, hidden]],
    ["mlp.down_proj", [hidden, width]],
    ["input_layernorm", [hidden]],
    ["post_attention_layernorm", [hidden]],
  ];
  return shapes.map(([name, shape]) => spec(`model.layers.${at}.${name}.weight`, shape));
}

function spec(name: string, shape: number[]): TensorSpec {
  return { name, dtype: "BF16", shape, byteLength: 2 * shape.reduce((product, size) => product * size, 1) };
}

/** 16 MiB of drawn numbers, which are written again and again. */
function block(draw: (normal: () => number) => number): Uint8Array {
  const random = randomFrom(1, 0);
  const codes = Uint16Array.from({ length: 2 ** 23 }, () => numberToBf16(draw(random.normal)));
  return new Uint8Array(codes.buffer);
}

function write(path: string, specs: readonly TensorSpec[], weights: Uint8Array): number {
  const { header, size } = layout(specs);
  const file = openSync(path, "w");
  writeSync(file, header);
  let left = size - header.length;
  for (; left > 0; left -= weights.length) writeSync(file, weights, 0, Math.min(left, weights.length));
  closeSync(file);
  return size - header.length;
}
