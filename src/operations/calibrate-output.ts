import type { CheckpointSource } from "../checkpoint/source.js";
import type { EngineId } from "../engines/engine.js";
import type { Inventory } from "../inventory/inventory.js";
import type { Loss, ScaleTable } from "../scales/table.js";
import type { Deps } from "./deps.js";
import { lossy } from "./extract.js";
import { type ExtractForm, scaleFile } from "./scale-file.js";

/** A file of scales that was written. */
export interface ScaleFileWritten {
  readonly path: string;
  readonly form: ExtractForm;
  readonly bytes: number;
  readonly losses: readonly Loss[];
}

/** Scales to be written by themselves. */
export interface ScaleFileTask {
  readonly path: string;
  readonly force: boolean;
  /** Losses are refused. */
  readonly strict?: boolean;
  readonly table: ScaleTable;
  readonly inventory: Inventory;
  readonly source: CheckpointSource;
  readonly engine?: EngineId;
  readonly ranks?: number;
}

/** Writes scales into a file of their own: tensors, or the JSON file that an engine reads. */
export async function writeScaleFile(task: ScaleFileTask, deps: Deps): Promise<ScaleFileWritten> {
  const { path, force, table, inventory, source, engine, ranks } = task;
  const form = formOf(path, engine);
  // Without an engine tensors are spelled as most engines read them.
  const spelled = form === "safetensors" ? (engine ?? "vllm") : engine;
  const choices = {
    form,
    geometry: inventory.geometry,
    ...(spelled && { engine: spelled }),
    ...(ranks && { ranks }),
  };
  const { bytes, losses } = scaleFile({ ...inventory, table }, choices);
  if (task.strict === true && losses.length > 0) throw lossy(losses);
  await deps.writeFile(path, bytes, { force, sources: [source] });
  return { path, form, bytes: bytes.length, losses };
}

function formOf(path: string, engine: EngineId | undefined): ExtractForm {
  if (path.toLowerCase().endsWith(".safetensors")) return "safetensors";
  return engine === "lightllm" ? "lightllm" : "kv-cache-scales";
}
