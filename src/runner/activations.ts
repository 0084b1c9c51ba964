import type { LayerShape, LayerValues } from "../attention/layer.js";
import { readShards } from "../checkpoint/read-shards.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import { dataRefusal } from "../errors.js";
import type { Shard } from "../inventory/inventory.js";
import type { Dtype } from "../tensors/dtype.js";
import type { TensorInfo } from "../tensors/header.js";
import { readNumbers } from "../tensors/values.js";

/** Captured values by layer: what attention really sees, after rotary embedding. */
export interface Activations {
  /** Throws a data Refusal when the layer is missing, or its shapes are not the model's or not each other's. */
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
      const held = Number(k.shape[0]);
      if (Number(v.shape[0]) !== held)
        throw outOfStep(source.label, v, `${held} positions, as many as there are keys`);
      if (Number(q.shape[0]) > held)
        throw outOfStep(source.label, q, `at most ${held} positions, the last ones that have keys`);
      const ranges = [q, k, v].map(({ begin, end }) => [begin, end] as const);
      const bytes = await source.read(shard.path, ranges, abort);
      const [query, keys, values] = [q, k, v].map(({ dtype }, at) =>
        Float32Array.from(readNumbers(dtype, bytes[at]!)),
      );
      return { query: query!, keys: keys!, values: values! };
    },
  };
}

const DTYPES: ReadonlySet<Dtype> = new Set<Dtype>(["F32", "F16", "BF16"]);

function tensorOf(file: string, shard: Shard, name: string, tail: readonly number[]): TensorInfo {
  const tensor = shard.header.tensors.get(name);
  if (
    tensor !== undefined &&
    DTYPES.has(tensor.dtype) &&
    tensor.shape.length === 3 &&
    Number(tensor.shape[0]) > 0 &&
    tail.every((size, at) => tensor.shape[at + 1] === size)
  ) {
    return tensor;
  }
  throw dataRefusal("activations-shape", {
    file,
    tensor: name,
    ...(tensor && { range: [tensor.begin, tensor.end] as const }),
    expected: `F32, F16 or BF16 of shape [positions, ${tail.join(", ")}], one position or more`,
    found:
      tensor === undefined ? "none of that name" : `${tensor.dtype} of shape [${tensor.shape.join(", ")}]`,
    remedy:
      "Capture queries, keys and values after rotary embedding, one tensor a layer: layers.N.q, .k and .v.",
  });
}

function outOfStep(file: string, { name, begin, end, shape }: TensorInfo, expected: string) {
  const found = String(shape[0]);
  return dataRefusal("activations-shape", { file, tensor: name, range: [begin, end], expected, found });
}

function notTensors(file: string) {
  return dataRefusal("activations-form", {
    file,
    expected: "a safetensors file of captured queries, keys and values",
    found: "no safetensors file",
  });
}
