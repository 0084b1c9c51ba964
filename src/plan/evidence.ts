import type { Evidence, Inventory } from "../inventory/inventory.js";

/** Tensor names, by the file that holds them. */
export type NamesByFile = ReadonlyMap<string, ReadonlySet<string>>;

/** Names of the scale tensors of a checkpoint and their companions, by file; stale shards included. */
export function scaleTensors({ evidence }: Inventory): NamesByFile {
  const byFile = new Map<string, Set<string>>();
  for (const { file, name } of evidence.filter(belongsToScales)) {
    byFile.set(file, (byFile.get(file) ?? new Set()).add(name));
  }
  return byFile;
}

function belongsToScales({ reading }: Evidence): boolean {
  return reading.as === "scale" || reading.as === "companion";
}
