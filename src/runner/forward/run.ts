import type { Backend } from "../../backend/backend.js";
import type { CheckpointSource } from "../../checkpoint/source.js";
import { dataRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { Inventory } from "../../inventory/inventory.js";
import type { LogitFigures } from "../../model/logits.js";
import type { Precision } from "../../model/ops.js";
import type { LayerRecipe, Recipe } from "../../model/recipe.js";
import { decodeRow } from "../../model/weights.js";
import { type Batch, batchOf, rotationsOf } from "./batch.js";
import { refuseInfiniteLogits } from "./finite.js";
import { type LogitWatcher, quiet, runHead } from "./head.js";
import { type LayerRun, runLayer } from "./layer.js";
import { distance, type LayerObservation } from "./observation.js";
import { partsOf } from "./parts.js";
import type { PassProgress } from "./progress.js";
import { Scratch } from "./scratch.js";
import type { Stream } from "./stream.js";
import type { LayerInput } from "./through-cache.js";
import { WeightFiles } from "./weight-files.js";

/** A forward pass of a whole model over some text, for several ways to keep its cache at once. */
export interface ModelTask {
  readonly source: CheckpointSource;
  readonly inventory: Inventory;
  readonly recipe: Recipe;
  readonly sequences: readonly Int32Array[];
  /** The first is the reference that the others are compared with. */
  readonly streams: readonly Stream[];
  readonly precision: Precision;
  readonly backend: Backend;
  /** Sees what each layer's cache is asked to hold; awaited, so that memory stays that of one layer. */
  readonly observe?: (layer: LayerRecipe, seen: LayerInput, batch: Batch) => Promise<void>;
  readonly watchLogits?: LogitWatcher;
  /** Layers that were run before, and who keeps the state of this run. */
  readonly progress?: PassProgress;
  /** Left off after the last layer: nothing is asked of the logits. */
  readonly withoutHead?: boolean;
}

/** What a pass tells. */
export interface ModelRun {
  readonly tokens: number;
  readonly targets: Int32Array;
  readonly layers: readonly LayerObservation[];
  /** [streams, tokens]; absent where the head was left off. */
  readonly figures?: LogitFigures;
}

/**
 * All sequences go through one layer before the next, for all streams at once: each weight is read once, the next
 * layer's while one computes, and memory holds two layers and the activations. Throws data Refusals for weights
 * that are not as the recipe says, for a layer whose keys or values are not finite, and for logits that are not.
 */
export async function runModel(task: ModelTask, io: Io): Promise<ModelRun> {
  const { source, inventory, recipe, streams, backend, precision } = task;
  const files = new WeightFiles(source, inventory);
  const batch = batchOf(task.sequences);
  const shop = { recipe, backend, precision, signal: io.signal, scratch: new Scratch() };
  const rotations = recipe.ropes.map((rope) => rotationsOf(rope, batch));
  const { begin } = task.progress ?? {};
  const hidden = begin?.hidden ?? (await embedded(batch, files, task, io.signal));
  const layers: LayerObservation[] = [];
  const first = begin?.layers ?? 0;
  let next = first < recipe.layers.length ? files.load(partsOf(recipe.layers[first]!), io.signal) : undefined;
  for (let at = first; at < recipe.layers.length; at++) {
    const layer = recipe.layers[at]!;
    io.emit({ type: "phase", name: `layer ${at + 1} of ${recipe.layers.length}` });
    const loaded = await next!;
    const following = recipe.layers[at + 1];
    if (following !== undefined) next = quiet(files.load(partsOf(following), io.signal));
    const { label } = inventory;
    layers.push(await layerOf(hidden, { ...shop, layer, loaded, rotations, batch, streams, label }, task));
    await task.progress?.save({ layers: at + 1, hidden });
  }
  const facts = { tokens: batch.tokens, targets: batch.targets, layers };
  if (task.withoutHead) return facts;
  io.emit({ type: "phase", name: "logits" });
  const figures = await runHead(hidden, streams.length, batch, files, shop, task.watchLogits);
  refuseInfiniteLogits(figures, batch.targets, inventory.label);
  return { ...facts, figures };
}

async function layerOf(
  hidden: Float32Array,
  run: LayerRun,
  { observe }: ModelTask,
): Promise<LayerObservation> {
  const { layer, streams } = run;
  const { reach, outlier, channels, seen, streams: told } = await runLayer(hidden, run);
  await observe?.(layer, seen, run.batch);
  const size = hidden.length / streams.length;
  const residual = (at: number) => hidden.subarray(at * size, (at + 1) * size);
  return {
    layer: layer.index,
    site: layer.path,
    reach: { k: [...reach.k], v: [...reach.v] },
    outlier,
    channels,
    streams: told.map((stream, at) => ({ ...stream, accumulated: distance(residual(0), residual(at + 1)) })),
  };
}

/** Rows of the embedding for the batch's ids, the same for every stream: [streams, tokens, hidden]. */
async function embedded(
  { ids }: Batch,
  files: WeightFiles,
  { recipe, streams, inventory }: ModelTask,
  signal: AbortSignal,
) {
  const wanted = Int32Array.from(new Set(ids)).sort();
  const matrix = await files.rows(recipe.embedding, wanted, signal);
  if (matrix.type.startsWith("float8")) throw quantisedEmbedding(inventory.label, recipe);
  const rows = new Map(Array.from(wanted, (id, at) => [id, decodeRow(matrix, at)]));
  const { hidden, embeddingScale } = recipe;
  const one = new Float32Array(ids.length * hidden);
  for (const [at, id] of ids.entries()) one.set(rows.get(id)!, at * hidden);
  if (embeddingScale !== 1) for (let i = 0; i < one.length; i++) one[i]! *= embeddingScale;
  const all = new Float32Array(streams.length * one.length);
  for (let at = 0; at < streams.length; at++) all.set(one, at * one.length);
  return all;
}

/** Rows are read one by one, without the scales that a whole matrix is read with. */
function quantisedEmbedding(file: string, { embedding }: Recipe) {
  return dataRefusal("embedding-quantised", {
    file,
    tensor: embedding.tensor,
    expected: "an embedding in 16 or 32 bits, as every known producer of FP8 checkpoints leaves it",
    found: "FP8",
    remedy: "Use the 16-bit checkpoint.",
  });
}
