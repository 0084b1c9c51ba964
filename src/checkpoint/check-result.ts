import { Refusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Shard } from "../inventory/inventory.js";
import { directorySource } from "./local.js";
import { readShards, type ShardSet } from "./read-shards.js";
import { shownPath } from "./relative-path.js";

/**
 * Reads a finished output back from the disk with the strict reader: every header, the index against the headers,
 * and the total size of an index that was `changed`. Throws when the output would not be a valid checkpoint.
 */
export async function checkResult(
  folder: string,
  label: string,
  changed: ReadonlySet<string>,
  io: Io,
): Promise<void> {
  const result = await directorySource(folder, { label, followLinks: true });
  const set = await readShards(result, io.signal);
  if (set.index !== undefined && changed.has(set.index.path)) checkTotalSize(label, set);
}

function checkTotalSize(label: string, { shards, index }: ShardSet): void {
  const loaded = shards.filter((shard) => shard.indexed);
  const actual = loaded.reduce((sum, shard) => sum + tensorBytes(shard), 0);
  if (index === undefined || index.parsed.totalSize === actual) return;
  throw new Refusal("bug", "total-size-wrong", {
    file: shownPath(label, index.path),
    expected: `metadata.total_size ${actual}, the bytes of all tensors`,
    found: String(index.parsed.totalSize),
  });
}

function tensorBytes({ header }: Shard): number {
  return [...header.tensors.values()].reduce((sum, { begin, end }) => sum + end - begin, 0);
}
