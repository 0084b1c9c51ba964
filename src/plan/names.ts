import { dataRefusal } from "../errors.js";
import type { Inventory, Shard } from "../inventory/inventory.js";
import type { NamesByFile } from "./evidence.js";

/** How the tensor files of the output are called. */
export interface Naming {
  readonly rename: ReadonlyMap<string, string>;
  /** Where scales go that join as a shard of their own. */
  readonly scaleShard: string;
  readonly index: string;
  /** What one file with all tensors is called. */
  readonly single: string;
}

/**
 * Names for a base that gains a shard. A lone `model.safetensors` must give up its name: left beside an
 * index, transformers reads it alone and runs on uninitialised scales. Everything else keeps its name; a shard that
 * loses all its tensors, old scales, takes the new ones.
 * New names avoid `args`, `arguments` and `training`, which text-generation-inference skips.
 */
export function namesForMerge(base: Inventory, leaving: NamesByFile): Naming {
  const shards = base.shards.filter((shard) => shard.indexed);
  const as = namesAsTheyAre(base);
  const emptied = shards.find(({ path, header }) => leaving.get(path)?.size === header.tensors.size);
  if (emptied !== undefined) return { ...as, scaleShard: emptied.path };
  const lone = shards.length === 1 ? LONE.exec(shards[0]!.path) : null;
  const naming = lone === null ? several(as, shards) : split(as, shards[0]!, lone[1]!);
  refuseCollisions(base, naming);
  return naming;
}

/** Names where no shard joins: an engine that reads JSON leaves the tensor files alone. */
export function namesAsTheyAre(base: Inventory): Naming {
  const stem = stemOf(base);
  return {
    rename: new Map(),
    scaleShard: `${stem}-kv-scales.safetensors`,
    index: base.index?.path ?? `${stem}.safetensors.index.json`,
    single: `${stem}.safetensors`,
  };
}

/**
 * Names for a checkpoint that loses its scale shard: `model-00001-of-00002.safetensors`, left alone, is
 * `model.safetensors` again and needs no index; where another file has that name, it stays as it is.
 */
export function namesForStrip(source: Inventory, left: readonly string[]): Naming {
  const half = left.length === 1 && source.index !== undefined ? HALF.exec(left[0]!) : null;
  const plain = half === null ? undefined : `${half[1]}.safetensors`;
  const free = plain !== undefined && source.files.every(({ path }) => path !== plain);
  return { ...namesAsTheyAre(source), rename: new Map(free ? [[left[0]!, plain]] : []) };
}

/** Loaders of Mistral's own format open files of this name only (vLLM default_loader.py @017e9f4). */
function stemOf({ shards }: Inventory): "model" | "consolidated" {
  const loaded = shards.filter((shard) => shard.indexed);
  const mistral = loaded.length > 0 && loaded.every(({ path }) => path.startsWith("consolidated"));
  return mistral ? "consolidated" : "model";
}

/** The names that loaders look for when there is no index. */
const LONE = /^(model|consolidated)\.safetensors$/;
const HALF = /^(model|consolidated)-00001-of-00002\.safetensors$/;

function split(as: Naming, shard: Shard, stem: string): Naming {
  return {
    ...as,
    rename: new Map([[shard.path, `${stem}-00001-of-00002.safetensors`]]),
    scaleShard: `${stem}-00002-of-00002.safetensors`,
  };
}

function several(as: Naming, shards: readonly Shard[]): Naming {
  const alone = shards.find((shard) => shard.path === "model.safetensors");
  const rename = new Map(
    alone === undefined ? [] : [[alone.path, `model-00001-of-0000${shards.length}.safetensors`]],
  );
  return { ...as, rename };
}

function refuseCollisions(base: Inventory, { rename, scaleShard }: Naming): void {
  const taken = new Set(base.files.map((file) => file.path));
  const clash = [...rename.values(), scaleShard].find((path) => taken.has(path));
  if (clash === undefined) return;
  throw dataRefusal("name-taken", {
    file: clash,
    expected: "a free name for a file that the merge adds",
    found: "a file of that name in the base",
    remedy: "Use --replace if it holds old scales, or rename the file in the base.",
  });
}
