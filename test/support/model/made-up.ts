import { memorySource } from "../../../src/checkpoint/memory.js";
import { readInventory } from "../../../src/checkpoint/read-inventory.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import type { Io } from "../../../src/events.js";
import type { Inventory } from "../../../src/inventory/inventory.js";
import { randomFrom } from "../../../src/numeric/random.js";

/** A tensor in plain numbers. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A stored tensor: what the header says, and its bytes. */
export interface Stored {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Nobody listens. */
export const quietIo: Io = { emit: () => {}, signal: new AbortController().signal };

/** Random tensors of the given shapes: rows of matrices with a wide spread, norms around one. */
export function randomTensors(
  shapes: ReadonlyMap<string, readonly number[]>,
  seed: number,
): Map<string, Tensor> {
  return new Map(
    [...shapes].map(([name, shape], stream) => {
      const random = randomFrom(seed, stream);
      const count = shape.reduce((product, size) => product * size, 1);
      const columns = shape.at(-1)!;
      const values = Float32Array.from({ length: count }, () => random.normal());
      if (shape.length === 1) return [name, { shape, values: values.map((x) => 0.4 * x) }] as const;
      const spread = name.includes("embed") || name.includes("lm_head") ? 1 : 1.6 / Math.sqrt(columns);
      return [name, { shape, values: values.map((x) => x * spread) }] as const;
    }),
  );
}

/** The same tensors as float32 in a file. */
export function storedF32(tensors: ReadonlyMap<string, Tensor>): Map<string, Stored> {
  return new Map(
    [...tensors].map(([name, { shape, values }]) => {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return [name, { dtype: "F32", shape, bytes }] as const;
    }),
  );
}

/** A checkpoint of a config and tensors, in memory, and its inventory. */
export async function checkpointOf(
  config: object,
  tensors: ReadonlyMap<string, Stored>,
): Promise<{ readonly source: CheckpointSource; readonly inventory: Inventory }> {
  const source = memorySource("made-up", filesOf(config, tensors));
  return { source, inventory: await readInventory(source, quietIo) };
}

/** The files of a checkpoint of a config and tensors, by their names. */
export function filesOf(config: object, tensors: ReadonlyMap<string, Stored>): Map<string, Uint8Array> {
  return new Map([
    ["config.json", new TextEncoder().encode(JSON.stringify(config))],
    ["model.safetensors", safetensors(tensors)],
  ]);
}

/** Wider types first, as the official writer lays them out. */
function safetensors(tensors: ReadonlyMap<string, Stored>): Uint8Array {
  const width = ({ dtype }: Stored) => (dtype === "F32" ? 4 : dtype === "BF16" ? 2 : 1);
  const ordered = [...tensors].sort(([, a], [, b]) => width(b) - width(a));
  let at = 0;
  const entries = ordered.map(([name, { dtype, shape, bytes }]) => {
    const begin = at;
    at += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, at] }] as const;
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(text + " ".repeat((8 - (text.length % 8)) % 8));
  const file = new Uint8Array(8 + header.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let end = 8 + header.length;
  for (const [, { bytes }] of ordered) {
    file.set(bytes, end);
    end += bytes.length;
  }
  return file;
}
