import { unscaled } from "../../../src/runner/forward/stream.js";
import type { Config } from "./float64.js";
import { checkpointOf, randomTensors, storedF32, type Tensor } from "./made-up.js";
import { runCheckpoint, type Watched } from "./run-made-up.js";
import { shapesOf } from "./shapes.js";

/** A Qwen2 in small: biases on queries, keys and values; its vocabulary is so small that text is quickly told. */
export const QWEN2: Config = {
  ...{ model_type: "qwen2", hidden_size: 64, intermediate_size: 96, num_hidden_layers: 4, vocab_size: 48 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, rms_norm_eps: 1e-6, max_position_embeddings: 64 },
  ...{ rope_theta: 10_000, hidden_act: "silu" },
};

/** The channel of each head that the bias stands on: it turns by 1.8 degrees a position, so that its size changes slowly. */
export const BIASED_CHANNEL = 3;

/**
 * A random QWEN2 that is sure of its predictions, whose keys have one large constant channel a head in the layers
 * named, as those of the real Qwen2 have.
 */
export function biasedModel(layers: readonly number[], bias: number) {
  const tensors = randomTensors(shapesOf(QWEN2, "model."), 11);
  for (const [name, tensor] of tensors) {
    if (/norm\.weight$/.test(name))
      tensors.set(
        name,
        scaled(tensor, () => 1),
      );
    if (name === "lm_head.weight")
      tensors.set(
        name,
        scaled(tensor, (x) => x * SURENESS),
      );
    if (/\.bias$/.test(name))
      tensors.set(
        name,
        scaled(tensor, (x) => x * 0.25),
      );
  }
  const size = QWEN2.hidden_size / QWEN2.num_attention_heads;
  for (const layer of layers) {
    const name = `model.layers.${layer}.self_attn.k_proj.bias`;
    tensors.set(
      name,
      scaled(tensors.get(name)!, (x, at) => (at % size === BIASED_CHANNEL ? bias : x)),
    );
  }
  return checkpointOf(QWEN2, storedF32(tensors));
}

/** Spread of the logits: hidden states have 64 numbers of size 1. */
const SURENESS = 2 / 8;

function scaled({ shape, values }: Tensor, change: (x: number, at: number) => number): Tensor {
  return { shape, values: values.map(change) };
}

/**
 * Text in the model's own words: `count` sequences that begin differently, each token drawn from what the model
 * predicts with a 16-bit cache. Only such text tells how much a cache costs a random model.
 */
export async function ownWords(
  model: Awaited<ReturnType<typeof biasedModel>>,
  count: number,
  length: number,
  draw: () => number,
): Promise<Int32Array[]> {
  let sequences = Array.from({ length: count }, (_, at) => Int32Array.of(at % QWEN2.vocab_size));
  const streams = [{ name: "16-bit", cacheOf: () => unscaled("bfloat16") }];
  while (sequences[0]!.length < length) {
    const { logits } = await runCheckpoint(model, sequences, { streams });
    sequences = sequences.map((ids, at) => Int32Array.of(...ids, drawn(lastRow(logits, ids, at), draw())));
  }
  return sequences;
}

function lastRow(logits: Watched["logits"], { length }: Int32Array, sequence: number): Float32Array {
  const end = (sequence + 1) * length * QWEN2.vocab_size;
  return logits.subarray(end - QWEN2.vocab_size, end);
}

/** A token by its probability, `chance` being where in [0, 1) the die fell. */
function drawn(logits: Float32Array, chance: number): number {
  const largest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - largest));
  let left = chance * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [token, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return token;
  }
  return logits.indexOf(largest);
}
