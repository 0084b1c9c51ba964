import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "./float64.js";
import { filesOf, randomTensors, type Stored, storedF32 } from "./made-up.js";
import { shapesOf } from "./shapes.js";

/** A Llama of three layers that every backend runs in a moment. */
export const LLAMA: Config = {
  ...{ model_type: "llama", hidden_size: 32, intermediate_size: 48, num_hidden_layers: 3, vocab_size: 40 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, rms_norm_eps: 1e-6, max_position_embeddings: 64 },
  ...{ rope_theta: 10_000, hidden_act: "silu", tie_word_embeddings: true },
};

/** Two sequences of its ids. */
export const TOKENS = [
  [3, 1, 4, 1, 5, 9, 2, 6, 5, 35, 8, 9, 7],
  [2, 7, 1, 8, 28, 18, 2, 8, 4, 5, 9],
];

/** Its random tensors as they are stored. */
export function llamaTensors(): Map<string, Stored> {
  return storedF32(randomTensors(shapesOf(LLAMA, "model."), 5));
}

/** One number of a tensor becomes NaN. */
export function spoilt(stored: Map<string, Stored>, name: string): void {
  const tensor = stored.get(name)!;
  const bytes = tensor.bytes.slice();
  new Float32Array(bytes.buffer)[5] = Number.NaN;
  stored.set(name, { ...tensor, bytes });
}

/** The model in a folder, with a tokenizer that knows a few words. */
export async function writeSmallModel(folder: string, stored = llamaTensors()): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files = filesOf(LLAMA, stored).set(
    "tokenizer.json",
    new TextEncoder().encode(JSON.stringify(TOKENIZER)),
  );
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
}

const WORDS = ["<unk>", "the", "a", "of", "and", "to", "in", "is", "cat", "dog", "sat", "on", "mat", "it"];

const TOKENIZER = {
  version: "1.0",
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "WhitespaceSplit" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordLevel",
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    unk_token: "<unk>",
  },
};
