import { randomBytes } from "node:crypto";
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { layout, serialize, type TensorSpec } from "../../src/tensors/layout.js";

const LAYERS = 32;
const HIDDEN = 4096;

/**
 * A 16-bit Llama-shaped checkpoint of about `bytes`, in shards with an index. Its data are random bytes, or
 * holes of a sparse file, which read as zeros and take no room on the disk.
 */
export function makeBase(folder: string, bytes: number, shards: number, sparse: boolean): void {
  mkdirSync(folder, { recursive: true });
  const wide = Math.max(1024, Math.round(bytes / (LAYERS * 2 * HIDDEN) / 4));
  const map = new Map<string, string>();
  let total = 0;
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-${five(shard + 1)}-of-${five(shards)}.safetensors`;
    const specs = tensorsOf(shard, shards, wide);
    for (const { name } of specs) map.set(name, file);
    total += writeShard(join(folder, file), specs, sparse);
  }
  const index = { metadata: { total_size: total }, weight_map: Object.fromEntries([...map].sort()) };
  writeFileSync(join(folder, "model.safetensors.index.json"), `${JSON.stringify(index, null, 2)}\n`);
  writeFileSync(join(folder, "config.json"), `${JSON.stringify(CONFIG, null, 2)}\n`);
}

/** A file of scales for it, as AutoFP8 spells them. */
export function makeScales(file: string): void {
  const scales = Array.from({ length: LAYERS }, (_, layer) =>
    ["k", "v"].map((role) => ({
      name: `model.layers.${layer}.self_attn.${role}_scale`,
      dtype: "F32" as const,
      shape: [],
      bytes: new Uint8Array(new Float32Array([0.01 + layer / 1000]).buffer),
    })),
  );
  writeFileSync(file, serialize(scales.flat(), new Map([["format", "pt"]])));
}

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  hidden_size: HIDDEN,
  model_type: "llama",
  num_attention_heads: 32,
  num_hidden_layers: LAYERS,
  num_key_value_heads: 8,
  torch_dtype: "bfloat16",
};

function tensorsOf(shard: number, shards: number, wide: number): TensorSpec[] {
  const layers = Array.from({ length: LAYERS }, (_, layer) => layer).filter(
    (layer) => layer % shards === shard,
  );
  return layers.flatMap((layer) =>
    ["k_proj", "v_proj", "q_proj", "o_proj"].map((projection) => ({
      name: `model.layers.${layer}.self_attn.${projection}.weight`,
      dtype: "BF16" as const,
      shape: [wide, HIDDEN],
      byteLength: wide * HIDDEN * 2,
    })),
  );
}

function writeShard(path: string, specs: readonly TensorSpec[], sparse: boolean): number {
  const { header, size } = layout(specs);
  const file = openSync(path, "w");
  writeSync(file, header);
  if (sparse) ftruncateSync(file, size);
  else fill(file, size - header.length);
  closeSync(file);
  return size - header.length;
}

function fill(file: number, bytes: number): void {
  const block = randomBytes(1 << 24);
  for (let left = bytes; left > 0; left -= block.length)
    writeSync(file, block, 0, Math.min(left, block.length));
}

function five(count: number): string {
  return String(count).padStart(5, "0");
}
