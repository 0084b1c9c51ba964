import { readInventory } from "../checkpoint/read-inventory.js";
import type { EngineId } from "../engines/engine.js";
import { dataRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { mapSites, moveTable, type Rename } from "../scales/mapping.js";
import { sitesOf } from "../scales/table.js";
import { type Deps, localDeps } from "./deps.js";
import { putScales } from "./put-scales.js";
import { sourceLosses } from "./source-losses.js";
import { refuseUnusable } from "./usable.js";
import type { WriteReport, Writing } from "./write.js";

/** What `merge` is asked. */
export interface MergeInput {
  /** The checkpoint that gets the scales. */
  readonly base: string;
  /** Where the scales are: a checkpoint, a file of scales, a JSON sidecar. */
  readonly from: string;
  readonly engine?: EngineId;
  readonly renames?: readonly Rename[];
  /** Scales that the base already has give way. */
  readonly replace?: boolean;
  readonly singleFile?: boolean;
  /** Tensor-parallel ranks that a JSON sidecar is written for. */
  readonly ranks?: number;
  readonly writing: Writing;
}

/** Scales of one checkpoint into another: one small new shard, the index, the config. */
export async function merge(input: MergeInput, io: Io, deps: Deps = localDeps): Promise<WriteReport> {
  const base = await deps.open(input.base, io);
  const target = await readInventory(base, io);
  const from = await deps.open(input.from, io);
  const source = await readInventory(from, io);
  refuseSwapped(target, source);
  refuseUnusable(source);
  refuseOtherModel(target, source);
  passOnDoubts(source, io);
  const mapping = mapSites(sitesOf(source.table), target.sites, input.renames);
  const { table, losses } = moveTable(source.table, mapping);
  const { engine, replace, singleFile, ranks, writing } = input;
  const choices = {
    ...(engine && { engine }),
    ...(ranks && { ranks }),
    replace: replace ?? false,
    singleFile: singleFile ?? false,
  };
  const lost = [...sourceLosses(source), ...losses];
  return putScales(
    { source: base, inventory: target, table, losses: lost, others: [from], ...choices, writing },
    io,
    deps,
  );
}

/** The likeliest of all mistakes: the checkpoint with the scales where the one without belongs. */
function refuseSwapped(target: Inventory, source: Inventory): void {
  const held = target.table.entries.length;
  if (held === 0 || source.table.entries.length > 0) return;
  throw dataRefusal("no-scales", {
    file: source.label,
    expected: "KV scales in tensors or a JSON sidecar",
    found: `none, but ${held} in the base`,
    remedy: `Base and --from are the wrong way round: put ${target.label} behind --from.`,
  });
}

/** What is known of how the scales were measured can no longer be seen in the result, so it is said now. */
function passOnDoubts({ label, findings }: Inventory, { emit }: Io): void {
  for (const { code, message, remedy } of findings.filter(({ code }) => DOUBTS.has(code)))
    emit({ type: "warning", code, message: [`${label}: ${message}`, remedy].filter(Boolean).join(" ") });
}

const DOUBTS: ReadonlySet<string> = new Set(["calibrated-before-rope", "last-batch-observer"]);

/** Same layers are not the same model: heads and their size must agree where both configs say them. */
function refuseOtherModel(target: Inventory, source: Inventory): void {
  for (const [key, words] of COMPARED) {
    const [wanted, found] = [target.geometry[key], source.geometry[key]];
    if (wanted === undefined || found === undefined || wanted === found) continue;
    throw dataRefusal("other-model", {
      file: source.label,
      expected: `the ${words} of ${target.label}: ${wanted}`,
      found: String(found),
      remedy: "Use scales that were calibrated on this very model.",
    });
  }
}

const COMPARED = [
  ["kvHeads", "number of KV heads"],
  ["queryHeads", "number of query heads"],
  ["headSize", "head size"],
] as const;
