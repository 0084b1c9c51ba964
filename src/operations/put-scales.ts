import type { CheckpointSource } from "../checkpoint/source.js";
import type { EngineId } from "../engines/engine.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import { emit } from "../plan/emission.js";
import { planMerge } from "../plan/merge.js";
import type { Loss, ScaleTable } from "../scales/table.js";
import type { Deps } from "./deps.js";
import { emissionFor, sidecarFor } from "./emission.js";
import { type WriteReport, type Writing, write } from "./write.js";

/** Scales on the sites of a checkpoint, and how they are put into it. */
export interface PutTask {
  readonly source: CheckpointSource;
  readonly inventory: Inventory;
  readonly table: ScaleTable;
  /** What bringing them there could not keep. */
  readonly losses: readonly Loss[];
  /** Other places that were read, which the output must not touch. */
  readonly others: readonly CheckpointSource[];
  readonly engine?: EngineId;
  readonly ranks?: number;
  readonly replace: boolean;
  readonly singleFile: boolean;
  readonly writing: Writing;
}

/** One small new shard, the index, the config, as `merge` and `calibrate` write them. */
export async function putScales(task: PutTask, io: Io, deps: Deps): Promise<WriteReport> {
  const { source, inventory, table, engine, ranks, replace, singleFile, others, writing } = task;
  const emitted = emit(table, emissionFor(table, engine, inventory.weights), documentsOf(inventory));
  const sidecar = sidecarFor(table, engine, inventory, ranks ?? 1);
  const plan = planMerge(inventory, emitted, { replace, singleFile, sidecars: sidecar.texts });
  const losses = [...task.losses, ...plan.losses, ...sidecar.losses];
  return write({ plan: { ...plan, losses }, source, others, writing, engine }, io, deps);
}
