import { dataRefusal } from "../errors.js";
import type { Shard } from "../inventory/inventory.js";
import type { ShardIndex } from "../tensors/shards.js";
import { shownPath } from "./relative-path.js";

/** An index, and where it stands. */
export interface PlacedIndex {
  readonly path: string;
  readonly parsed: ShardIndex;
}

/**
 * Holds index, disk and headers against one another. Throws a data Refusal for a shard that is not on the disk, a
 * tensor that its shard lacks, a tensor that the index lacks, and a tensor that two shards hold.
 */
export function checkAgreement(
  label: string,
  shards: readonly Shard[],
  index: PlacedIndex | undefined,
): void {
  const loaded = new Map(shards.filter((shard) => shard.indexed).map((shard) => [shard.path, shard]));
  if (index !== undefined) checkShardsExist(label, loaded, index);
  checkHeldOnce(label, loaded);
  if (index === undefined) return;
  checkIndexed(label, loaded, index);
  checkHeld(label, loaded, index);
}

type Loaded = ReadonlyMap<string, Shard>;

function checkShardsExist(label: string, loaded: Loaded, { path, parsed }: PlacedIndex): void {
  const missing = [...new Set(parsed.weightMap.values())].filter((shard) => !loaded.has(shard));
  if (missing.length === 0) return;
  throw dataRefusal("shard-missing", {
    file: shownPath(label, path),
    expected: "every shard that the index names, as a .safetensors file beside it",
    found: `no ${some(missing)}`,
    remedy: "Download the missing files (`hf download` continues where it stopped).",
  });
}

function checkHeldOnce(label: string, loaded: Loaded): void {
  const holders = new Map<string, string>();
  for (const { path, header } of loaded.values()) {
    for (const tensor of header.tensors.keys()) {
      const other = holders.get(tensor);
      if (other !== undefined) throw heldTwice(label, tensor, other, path);
      holders.set(tensor, path);
    }
  }
}

function heldTwice(label: string, tensor: string, first: string, second: string) {
  return dataRefusal("tensor-in-two-shards", {
    file: shownPath(label, second),
    tensor,
    expected: "each tensor in one shard",
    found: `it in ${first} too`,
    remedy:
      "Remove the shard that does not belong to this checkpoint; engines disagree about which one counts.",
  });
}

function checkIndexed(label: string, loaded: Loaded, { path, parsed }: PlacedIndex): void {
  for (const shard of loaded.values()) {
    const missing = [...shard.header.tensors.keys()].filter(
      (name) => parsed.weightMap.get(name) !== shard.path,
    );
    if (missing.length === 0) continue;
    const named = parsed.weightMap.get(missing[0]!);
    throw dataRefusal(named === undefined ? "tensor-not-indexed" : "tensor-misplaced", {
      file: shownPath(label, path),
      tensor: missing[0]!,
      expected: `an index that places it in ${shard.path}, whose header has it`,
      found: `${named ?? "no entry"}${more(missing)}`,
      remedy: REBUILD,
    });
  }
}

function checkHeld(label: string, loaded: Loaded, { path, parsed }: PlacedIndex): void {
  const lacking = [...parsed.weightMap].filter(
    ([name, shard]) => !loaded.get(shard)!.header.tensors.has(name),
  );
  if (lacking.length === 0) return;
  const [tensor, shard] = lacking[0]!;
  throw dataRefusal("tensor-missing", {
    file: shownPath(label, path),
    tensor,
    expected: `it in ${shard}, where the index places it`,
    found: `no such tensor there${more(lacking)}`,
    remedy: REBUILD,
  });
}

const REBUILD = "Download index and shards again from one revision; they do not belong together.";

function some(names: readonly string[]): string {
  return `${names[0]}${more(names)}`;
}

function more(items: readonly unknown[]): string {
  return items.length === 1 ? "" : ` (and ${items.length - 1} more)`;
}
