import type { Shard } from "../inventory/inventory.js";
import { serialize } from "../tensors/layout.js";
import { assemble, heldPart, type NewTensor, newPart, type Part } from "./assemble.js";
import type { Step } from "./plan.js";

/** What changes in the tensor files of a checkpoint. Shards are named by their path in the source. */
export interface ShardEdit {
  /** Tensors that leave, by shard. */
  readonly remove: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tensors that join, by shard; a path that the source does not have becomes a new shard. */
  readonly add: ReadonlyMap<string, readonly NewTensor[]>;
  /** New file names, by shard. */
  readonly rename: ReadonlyMap<string, string>;
}

/** A shard of the output, and the tensors it will hold. */
export interface PlannedShard {
  readonly path: string;
  readonly tensors: readonly { readonly name: string; readonly byteLength: number }[];
  readonly step: Step;
}

/**
 * The tensor files of the output. A shard whose tensors stay is kept as it is; one that loses or gains
 * tensors is streamed behind a new header; one that loses all of them is deleted. Weights are never re-encoded.
 */
export function planShards(shards: readonly Shard[], edit: ShardEdit): PlannedShard[] {
  const known = new Set(shards.map((shard) => shard.path));
  const fresh = [...edit.add].filter(([path]) => !known.has(path));
  return [
    ...shards.map((shard) => planShard(shard, edit)),
    ...fresh.map(([path, tensors]) => scaleShard(path, tensors)),
  ];
}

/** All tensors of several shards, and new ones, streamed into one file. */
export function planSingleFile(shards: readonly Shard[], edit: ShardEdit, path: string): PlannedShard {
  const parts = [
    ...shards.flatMap((shard) => stayingParts(shard, edit)),
    ...[...edit.add.values()].flat().map(newPart),
  ];
  return streamed(path, parts, mergedMetadata(shards), "one file was asked for");
}

function planShard(shard: Shard, edit: ShardEdit): PlannedShard {
  const path = edit.rename.get(shard.path) ?? shard.path;
  const staying = stayingParts(shard, edit);
  const joining = (edit.add.get(shard.path) ?? []).map(newPart);
  if (staying.length + joining.length === 0 && shard.header.tensors.size > 0) return deleted(shard.path);
  if (joining.length === 0 && staying.length === shard.header.tensors.size) {
    return { path, tensors: staying, step: { step: "keep", path: shard.path, as: path, size: shard.size } };
  }
  const why = joining.length === 0 ? "its scales leave" : "its scales change";
  return streamed(path, [...staying, ...joining], shard.header.metadata, why);
}

function stayingParts(shard: Shard, edit: ShardEdit): Part[] {
  const gone = edit.remove.get(shard.path);
  const staying = [...shard.header.tensors.values()].filter((tensor) => !gone?.has(tensor.name));
  return staying.map((tensor) => heldPart(shard.path, tensor));
}

function deleted(path: string): PlannedShard {
  return { path, tensors: [], step: { step: "delete", path, why: "it held scales only" } };
}

function streamed(
  path: string,
  parts: readonly Part[],
  metadata: ReadonlyMap<string, string>,
  why: string,
): PlannedShard {
  const { pieces, size } = assemble(parts, metadata);
  return { path, tensors: parts, step: { step: "stream", path, pieces, size, why } };
}

/** transformers refuses a shard whose metadata names no framework (modeling_utils.py, load_state_dict). */
const SCALE_SHARD_METADATA: ReadonlyMap<string, string> = new Map([["format", "pt"]]);

function scaleShard(path: string, tensors: readonly NewTensor[]): PlannedShard {
  const bytes = serialize(tensors, SCALE_SHARD_METADATA);
  return {
    path,
    tensors: tensors.map(newPart),
    step: { step: "write", path, bytes, why: scaleCount(tensors) },
  };
}

function scaleCount(tensors: readonly NewTensor[]): string {
  return `${tensors.length} scale tensor${tensors.length === 1 ? "" : "s"}`;
}

function mergedMetadata(shards: readonly Shard[]): ReadonlyMap<string, string> {
  return new Map(shards.flatMap((shard) => [...shard.header.metadata]));
}
