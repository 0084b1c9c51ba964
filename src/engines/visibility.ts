import type { Inventory, Shard } from "../inventory/inventory.js";
import type { FileRule } from "./engine.js";
import { shown } from "./words.js";

/** Which shards an engine opens; `hidden` says for the others why not. */
export interface Visibility {
  readonly opens: (path: string) => boolean;
  readonly hidden: (path: string) => string;
  /** Why the engine does not start at all on these files. */
  readonly refusal?: string;
}

/** The shards that an engine with this rule opens. */
export function visibility(rule: FileRule, inventory: Inventory): Visibility {
  return RULES[rule](inventory);
}

const RULES: Readonly<Record<FileRule, (inventory: Inventory) => Visibility>> = {
  indexed,
  "top-level": topLevel,
  "single-first": singleFirst,
  none: () => ({ opens: () => false, hidden: () => "scales are not read from tensors" }),
};

/** vLLM weight_utils.py filter_duplicate_safetensors_files @017e9f4; SGLang the same @6ed5780. */
function indexed({ index, shards }: Inventory): Visibility {
  const named = new Set(shards.filter((shard) => shard.indexed).map((shard) => shard.path));
  if (index === undefined) return { opens: isTopLevel, hidden: outside };
  return {
    opens: (path) => named.has(path),
    hidden: (path) => `${shown(path)} is not named in ${index.path}`,
  };
}

/** TGI utils/hub.py and utils/weights.py @db931fc: no index, no names of trainers, no name twice. */
function topLevel({ shards }: Inventory): Visibility {
  const opens = (path: string) => isTopLevel(path) && !SKIPPED.test(path);
  const twice = repeatedName(shards.filter(({ path }) => opens(path)));
  return {
    opens,
    hidden: (path) =>
      isTopLevel(path) ? `files with ${SKIPPED.exec(path)?.[0]} in their name are skipped` : outside(path),
    ...(twice === undefined ? {} : { refusal: twice }),
  };
}

const SKIPPED = /arguments|args|training/;

/** transformers 5.18, run: `model.safetensors` beside an index is read alone. */
function singleFirst(inventory: Inventory): Visibility {
  const single = inventory.shards.some(({ path }) => path === SINGLE);
  if (!single || inventory.index === undefined) return indexed(inventory);
  return {
    opens: (path) => path === SINGLE,
    hidden: () => `${SINGLE} is there and is read alone`,
  };
}

const SINGLE = "model.safetensors";

function outside(path: string): string {
  return `${shown(path)} is not at the top level of the checkpoint`;
}

function isTopLevel(path: string): boolean {
  return !path.includes("/");
}

function repeatedName(shards: readonly Shard[]): string | undefined {
  const holders = new Map<string, string>();
  for (const { path, header } of shards) {
    for (const name of header.tensors.keys()) {
      const other = holders.get(name);
      if (other !== undefined) return `the tensor ${shown(name)} is in ${other} and in ${path}`;
      holders.set(name, path);
    }
  }
  return undefined;
}
