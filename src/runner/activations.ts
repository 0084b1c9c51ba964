import type { LayerShape, LayerValues } from "../attention/layer.js";
import { readShards } from "../checkpoint/read-shards.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import { dataRefusal } from "../errors.js";
import type { Shard } from "../inventory/inventory.js";
import type { TensorInfo } from "../tensors/header.js";
import { readNumbers } from "../tensors/values.js";

/** Captured values by layer: what attention really sees, after rotary embedding. */
export interface Activations {
  /** Throws a data Refusal when the layer is missing or its shapes are not the model's. */
  layer(layer: number, shape: LayerShape, signal: AbortSignal): Promise<LayerValues>;
}

/**
 * Reads a safetensors file with `layers.N.q` [queries, query heads, head size] and `layers.N.k`, `layers.N.v`
 * [keys, KV heads, head size], F32, F16 or BF16; the queries are those of the last positions. One layer is in
 * memory at a time.
 */
export async function openActivations(source: CheckpointSource, signal: AbortSignal): Promise<Activations> {
  const { shards } = await readShards(source, signal);
  const [shard] = shards;
  if (shard === undefined) throw notTensors(source.label);
  return {
    async layer(layer, shape, abort) {
      const q = tensorOf(source.label, shard, `layers.${layer}.q`, [shape.heads, shape.keySize]);
      const k = tensorOf(source.label, shard, `layers.${layer}.k`, [shape.kvHeads, shape.keySize]);
      const v = tensorOf(source.label, shard, `layers.${layer}.v`, [shape.kvHeads, shape.valueSize]);
      const ranges = [q, k, v].map(({ begin, end }) => [begin, end] as const);
      const bytes = await source.read(shard.path, ranges, abort);
      const [query, keys, values] = [q, k, v].map(({ dtype }, at) =>
        Float32Array.from(readNumbers(dtype, bytes[at]!)),
      );
      if (keys!.length / shape.keySize === values!.length / shape.valueSize) {
        return { query: query!, keys: keys!, values: values! };
      }
      throw unequal(source.label, v, Number(k.shape[0]));
    },
  };
}

function tensorOf(file: string, shard: Shard, name: string, tail: readonly number[]): TensorInfo {
  const tensor = shard.header.tensors.get(name);
  if (
    tensor !== undefined &&
    tensor.shape.length === 3 &&
    tail.every((size, at) => tensor.shape[at + 1] === size)
  ) {
    return tensor;
  }
  throw dataRefusal("activations-shape", {
    file,
    tensor: name,
    ...(tensor && { range: [tensor.begin, tensor.end] as const }),
    expected: `a tensor of shape [positions, ${tail.join(", ")}]`,
    found: tensor === undefined ? "none of that name" : `shape [${tensor.shape.join(", ")}]`,
    remedy:
      "Capture queries, keys and values after rotary embedding, one tensor a layer: layers.N.q, .k and .v.",
  });
}

function unequal(file: string, { name, shape }: TensorInfo, keys: number) {
  return dataRefusal("activations-shape", {
    file,
    tensor: name,
    expected: `${keys} positions, as many as there are keys`,
    found: String(shape[0]),
  });
}

function notTensors(file: string) {
  return dataRefusal("activations-form", {
    file,
    expected: "a safetensors file of captured queries, keys and values",
    found: "no safetensors file",
  });
}
