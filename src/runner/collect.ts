import type { CacheType } from "../attention/problem.js";
import type { Backend } from "../backend/backend.js";
import { channelPeaks, keptPeaks } from "../calibration/channels.js";
import { chooseScales, type Room } from "../calibration/choose.js";
import { countMagnitudes, noMagnitudes } from "../calibration/magnitudes.js";
import type { LayerStatistics } from "../calibration/statistics.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import type { Precision } from "../model/ops.js";
import type { LayerRecipe, Recipe } from "../model/recipe.js";
import type { Batch } from "./forward/batch.js";
import { formOf } from "./forward/layer.js";
import type { PassState } from "./forward/progress.js";
import { runModel } from "./forward/run.js";
import { unscaled } from "./forward/stream.js";
import type { LayerInput } from "./forward/through-cache.js";
import { type Searched, searchScales } from "./search.js";

/** What is run to see what a model's cache would hold. */
export interface CollectTask {
  readonly source: CheckpointSource;
  readonly inventory: Inventory;
  readonly recipe: Recipe;
  readonly sequences: readonly Int32Array[];
  readonly precision: Precision;
  readonly backend: Backend;
  /** Searches each layer's scales by their error too, beginning from these. */
  readonly search?: Room;
  /** Layers that an earlier run completed, and where this one keeps its own. */
  readonly progress?: CollectProgress;
}

/** A run that can be gone on with: its state after some layers, and who keeps it. */
export interface CollectProgress {
  readonly begin?: { readonly state: PassState; readonly collected: Collected };
  save(state: PassState, collected: Collected): Promise<void>;
}

/** What a run saw: statistics of every layer, and the scales that were searched. */
export interface Collected {
  readonly layers: readonly LayerStatistics[];
  /** One a layer, in their order; empty where nothing was searched. */
  readonly searched: readonly Searched[];
}

/** Runs the model once, its cache in 16 bits, and counts what every layer's cache would hold. */
export async function collect(task: CollectTask, io: Io): Promise<Collected> {
  const { source, inventory, recipe, sequences, precision, backend, search, progress } = task;
  const before = progress?.begin?.collected;
  const layers: LayerStatistics[] = [...(before?.layers ?? [])];
  const searched: Searched[] = [...(before?.searched ?? [])];
  const observe = async (layer: LayerRecipe, seen: LayerInput, batch: Batch) => {
    const statistics = statisticsOf(layer, seen, recipe);
    layers.push(statistics);
    if (search === undefined) return;
    const from = chooseScales(statistics, search, inventory.label);
    const { format, granularity } = search;
    const form = formOf({ layer, recipe });
    searched.push(await searchScales({ seen, form, batch, format, granularity, from, backend }, io.signal));
  };
  const streams = [{ name: "reference", cacheOf: () => unscaled(referenceType(task)) }];
  const { begin, save } = progress ?? {};
  const kept = {
    ...(begin && { begin: begin.state }),
    save: async (state: PassState) => save?.(state, { layers, searched }),
  };
  const pass = { source, inventory, recipe, sequences, streams, precision, backend, observe, progress: kept };
  await runModel({ ...pass, withoutHead: true }, io);
  return { layers, searched };
}

/** Exact arithmetic has an exact cache; faster arithmetic the one that the model is served with. */
function referenceType({ precision, inventory: { geometry } }: CollectTask): CacheType {
  if (precision === "float32") return "float32";
  return geometry.dtype === "float16" ? "float16" : "bfloat16";
}

function statisticsOf(
  layer: LayerRecipe,
  { keys, values }: LayerInput,
  { kvHeads, headSize }: Recipe,
): LayerStatistics {
  const heads = (of: Float32Array) => {
    const all = Array.from({ length: kvHeads }, noMagnitudes);
    countMagnitudes(all, of, headSize);
    return all;
  };
  const channels = keptPeaks(channelPeaks(keys, kvHeads * headSize));
  return { site: layer.path, layer: layer.index, k: heads(keys), v: heads(values), channels };
}
