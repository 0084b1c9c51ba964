import { get, parseDocument } from "../document/document.js";
import { dataRefusal } from "../errors.js";
import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import { documentTexts } from "./documents.js";
import type { Emitted } from "./emission.js";
import { scaleTensors } from "./evidence.js";
import { namesAsTheyAre, namesForMerge } from "./names.js";
import type { Plan } from "./plan.js";
import { type NewText, planRewrite } from "./rewrite.js";
import { leavingSidecars } from "./sidecars.js";

/** How a merge is done, beyond what is emitted. */
export interface MergeChoices {
  /** Scales that the base already has give way. */
  readonly replace: boolean;
  /** One rewritten `model.safetensors` instead of a shard beside the base's. */
  readonly singleFile: boolean;
  /** JSON files of scales for engines that read those. */
  readonly sidecars: readonly NewText[];
}

/**
 * Scales into a checkpoint: one small new shard, the index, the config; the base's shards are kept as they
 * are. Throws a data Refusal when the base has scales and `replace` is off, or has no config.json.
 */
export function planMerge(base: Inventory, emitted: Emitted, choices: MergeChoices): Plan {
  refuseUnfit(base, choices.replace);
  const present = scaleTensors(base);
  const naming = emitted.tensors.length === 0 ? namesAsTheyAre(base) : namesForMerge(base, present);
  const add = new Map(emitted.tensors.length === 0 ? [] : [[naming.scaleShard, emitted.tensors]]);
  const texts = [
    ...documentTexts(documentsOf(base), emitted.documents, "declares the KV cache"),
    ...choices.sidecars,
    ...leavingSidecars(base, choices.sidecars),
  ];
  const rewrite = { remove: present, add, naming, texts, singleFile: choices.singleFile };
  const warnings = [...warningsOf(base), ...(choices.singleFile ? [NOT_UNDONE] : []), ...changesOf(base)];
  return { steps: planRewrite(base, rewrite), losses: emitted.losses, warnings };
}

/** Throws what `planMerge` would throw of this base, whatever the scales. */
export function refuseUnfit(base: Inventory, replace: boolean): void {
  refuseWithoutConfig(base);
  const files = [...scaleTensors(base).keys(), ...base.sidecars.map(({ file }) => file)];
  if (files.length > 0 && !replace) throw alreadyScaled(base.label, files);
}

function refuseWithoutConfig(base: Inventory): void {
  if (base.config !== undefined) return;
  throw dataRefusal("config-missing", {
    file: base.label,
    expected: "a checkpoint directory with config.json, into which the KV cache is declared",
    found: "none",
    remedy: "Point at the checkpoint's directory, not at one of its files.",
  });
}

function alreadyScaled(label: string, files: readonly string[]) {
  return dataRefusal("base-has-scales", {
    file: label,
    expected: "a base without KV scales",
    found: `scales in ${files.join(", ")}`,
    remedy: "Use --replace to put the new scales in their place, or `kvscale convert` to respell them.",
  });
}

/** What transformers does when a stale single file lies beside an index; seen, not derived. */
function warningsOf({ index, shards }: Inventory): string[] {
  const stale = shards.some(({ path, indexed }) => path === "model.safetensors" && !indexed);
  if (index === undefined || !stale) return [];
  return [
    "model.safetensors lies beside the index without being in it: transformers reads it alone and sees no scales.",
  ];
}

const NOT_UNDONE =
  "One file is written: `kvscale strip` takes the scales out of it, but does not make shards again.";

/** What the base had wrong or said already, so that `strip` will not bring it back. */
function changesOf({ index, shards, declarations, weights }: Inventory): string[] {
  const bytes = shards
    .filter(({ indexed }) => indexed)
    .reduce((sum, { size, header }) => sum + size - header.dataStart, 0);
  const total = index && get(parseDocument(index.text, index.path), ["metadata", "total_size"]);
  const wrong = index !== undefined && total !== bytes;
  const said = declarations.length > 0 && weights.method === "none";
  const lone = index !== undefined && shards.filter(({ indexed }) => indexed).length === 1;
  return [
    ...(lone ? ["The base has an index for its one file; `kvscale strip` may leave the index out."] : []),
    ...(wrong
      ? [
          `The index said total_size ${total ?? "nothing"}; the tensors have ${bytes} bytes, and the output says so.`,
        ]
      : []),
    ...(said
      ? ["The base already declared a KV cache; `kvscale strip` takes that declaration out too."]
      : []),
  ];
}
