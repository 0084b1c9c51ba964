import type { EngineId } from "../engines/engine.js";
import type { Inventory } from "../inventory/inventory.js";
import { FORMAT_KEY } from "../inventory/take.js";
import type { NewTensor } from "../plan/assemble.js";
import { spell } from "../plan/emission.js";
import { parseSidecar, sidecarForm } from "../scales/sidecars/sidecars.js";
import type { CacheFormat, Loss, ScaleTable } from "../scales/table.js";
import { serialize } from "../tensors/layout.js";
import { emissionFor, sidecarTarget } from "./emission.js";

/** Forms of a file that holds nothing but scales. */
export type ExtractForm = "safetensors" | "kv-cache-scales" | "lightllm";

/** How the file is wanted. */
export interface ScaleFileChoices {
  readonly form: ExtractForm;
  readonly engine?: EngineId;
  readonly ranks?: number;
  /** Of the model that a JSON sidecar speaks of. */
  readonly geometry: Inventory["geometry"];
}

/** The scales as one small file. Throws when the form cannot say them. */
export function scaleFile(
  inventory: Inventory,
  choices: ScaleFileChoices,
): { bytes: Uint8Array; count: number; losses: readonly Loss[] } {
  if (choices.form === "safetensors") return tensorFile(inventory, choices);
  const target = { ...sidecarTarget(choices.geometry), ranks: choices.ranks ?? 1 };
  const { text, losses } = sidecarForm(choices.form).print(inventory.table, target);
  const count = parseSidecar(text, choices.form).entries.length;
  return { bytes: new TextEncoder().encode(text), count, losses };
}

function tensorFile({ table, weights }: Inventory, { engine }: ScaleFileChoices) {
  const asFound = engine === undefined ? tensorsAsFound(table) : undefined;
  const { tensors, format, losses } = asFound ?? spell(table, emissionFor(table, engine, weights));
  const metadata = new Map([
    ["format", "pt"],
    [FORMAT_KEY, format],
  ]);
  return { bytes: serialize(tensors, metadata), count: tensors.length, losses };
}

/** Names, dtypes, shapes and bits as they are; undefined for scales that come from JSON. */
function tensorsAsFound(
  table: ScaleTable,
): { tensors: NewTensor[]; format: CacheFormat; losses: readonly Loss[] } | undefined {
  const tensors = table.entries.flatMap(({ scale, found }): NewTensor[] =>
    scale.stored === undefined || found === undefined ? [] : [{ name: found.name, ...scale.stored }],
  );
  return tensors.length === table.entries.length ? { tensors, format: table.format, losses: [] } : undefined;
}
