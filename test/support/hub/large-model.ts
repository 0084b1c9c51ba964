import type { Dtype } from "../../../src/tensors/dtype.js";
import { layout } from "../../../src/tensors/layout.js";
import { type Content, sparseContent } from "./content.js";

/** The shape of a Llama model; the defaults are those of 70B in 30 shards. */
export interface Shape {
  readonly layers: number;
  readonly hidden: number;
  readonly inner: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
  readonly shards: number;
}

export const LLAMA_70B: Shape = {
  layers: 80,
  hidden: 8192,
  inner: 28672,
  heads: 64,
  kvHeads: 8,
  vocabulary: 128_256,
  shards: 30,
};

export const TINY: Shape = {
  layers: 2,
  hidden: 16,
  inner: 32,
  heads: 4,
  kvHeads: 2,
  vocabulary: 32,
  shards: 2,
};

type Files = Record<string, Content | string>;

/** A 16-bit model without scales. In one shard it is a lone `model.safetensors`, without an index. */
export function plainModel(shape: Shape = LLAMA_70B): Files {
  return { ...modelFiles(shape, "BF16", () => []), "config.json": configOf(shape, {}) };
}

/** The same model in FP8, with scales of weights, keys and values; those of layer n are 0.5 + n / 1024 and twice that. */
export function fp8Model(shape: Shape = LLAMA_70B): Files {
  const quantization_config = { quant_method: "fp8", activation_scheme: "static", kv_cache_scheme: "static" };
  return {
    ...modelFiles(shape, "F8_E4M3", scalesOf),
    "config.json": configOf(shape, { quantization_config }),
  };
}

interface Tensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly bytes?: Uint8Array;
}

const SIZES: Partial<Record<Dtype, number>> = { BF16: 2, F8_E4M3: 1, F32: 4 };

function modelFiles(
  shape: Shape,
  dtype: Dtype,
  extra: (layer: number, linears: Tensor[]) => Tensor[],
): Files {
  const groups: Tensor[][] = Array.from({ length: shape.shards }, () => []);
  for (let layer = 0; layer < shape.layers; layer++) {
    const linears = linearsOf(shape, layer, dtype);
    const at = Math.floor((layer * shape.shards) / shape.layers);
    groups[at]!.push(...linears, ...normsOf(shape, layer), ...extra(layer, linears));
  }
  groups[0]!.push(tensor("model.embed_tokens.weight", "BF16", [shape.vocabulary, shape.hidden]));
  groups
    .at(-1)!
    .push(
      tensor("model.norm.weight", "BF16", [shape.hidden]),
      tensor("lm_head.weight", "BF16", [shape.vocabulary, shape.hidden]),
    );
  const named = groups.map((tensors, at) => ({ path: shardName(at, shape.shards), tensors }));
  const files = Object.fromEntries(named.map(({ path, tensors }) => [path, shardOf(tensors)]));
  return shape.shards === 1 ? files : { ...files, "model.safetensors.index.json": indexOf(named) };
}

function shardName(at: number, count: number): string {
  const number = (value: number) => String(value).padStart(5, "0");
  return count === 1 ? "model.safetensors" : `model-${number(at + 1)}-of-${number(count)}.safetensors`;
}

function linearsOf({ hidden, inner, heads, kvHeads }: Shape, layer: number, dtype: Dtype): Tensor[] {
  const kv = (hidden / heads) * kvHeads;
  const at = `model.layers.${layer}`;
  return [
    tensor(`${at}.self_attn.q_proj.weight`, dtype, [hidden, hidden]),
    tensor(`${at}.self_attn.k_proj.weight`, dtype, [kv, hidden]),
    tensor(`${at}.self_attn.v_proj.weight`, dtype, [kv, hidden]),
    tensor(`${at}.self_attn.o_proj.weight`, dtype, [hidden, hidden]),
    tensor(`${at}.mlp.gate_proj.weight`, dtype, [inner, hidden]),
    tensor(`${at}.mlp.up_proj.weight`, dtype, [inner, hidden]),
    tensor(`${at}.mlp.down_proj.weight`, dtype, [hidden, inner]),
  ];
}

function normsOf({ hidden }: Shape, layer: number): Tensor[] {
  return ["input_layernorm", "post_attention_layernorm"].map((name) =>
    tensor(`model.layers.${layer}.${name}.weight`, "BF16", [hidden]),
  );
}

function scalesOf(layer: number, linears: Tensor[]): Tensor[] {
  const at = `model.layers.${layer}.self_attn`;
  const value = 0.5 + layer / 1024;
  const ofWeights = linears.flatMap(({ name }) =>
    ["weight_scale", "input_scale"].map((kind) => scalar(name.replace(/weight$/, kind), 1 / 256)),
  );
  return [...ofWeights, scalar(`${at}.k_scale`, value), scalar(`${at}.v_scale`, 2 * value)];
}

function tensor(name: string, dtype: Dtype, shape: readonly number[]): Tensor {
  return { name, dtype, shape, byteLength: shape.reduce((size, extent) => size * extent, SIZES[dtype]!) };
}

function scalar(name: string, value: number): Tensor {
  return { ...tensor(name, "F32", []), bytes: Buffer.from(Float32Array.of(value).buffer) };
}

function shardOf(tensors: readonly Tensor[]): Content {
  const { header, order, size } = layout(tensors, new Map([["format", "pt"]]));
  const pieces: [number, Uint8Array][] = [[0, header]];
  let at = header.length;
  for (const { byteLength, bytes } of order) {
    if (bytes !== undefined) pieces.push([at, bytes]);
    at += byteLength;
  }
  return sparseContent(size, pieces);
}

function indexOf(shards: readonly { path: string; tensors: readonly Tensor[] }[]): string {
  const entries = shards.flatMap(({ path, tensors }) => tensors.map(({ name }) => [name, path]));
  const total_size = shards
    .flatMap(({ tensors }) => tensors)
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
  return `${JSON.stringify({ metadata: { total_size }, weight_map: Object.fromEntries(entries) }, null, 2)}\n`;
}

function configOf({ layers, hidden, inner, heads, kvHeads, vocabulary }: Shape, more: object): string {
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    torch_dtype: "bfloat16",
    num_hidden_layers: layers,
    hidden_size: hidden,
    intermediate_size: inner,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    vocab_size: vocabulary,
    ...more,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
