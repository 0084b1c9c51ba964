import type { Backend } from "../../../src/backend/backend.js";
import { referenceBackend } from "../../../src/backend/reference.js";
import type { CheckpointSource } from "../../../src/checkpoint/source.js";
import type { Inventory } from "../../../src/inventory/inventory.js";
import { documentsOf } from "../../../src/inventory/take.js";
import { recipeOf } from "../../../src/model/architectures/recipe-of.js";
import type { Precision } from "../../../src/model/ops.js";
import { type ModelRun, runModel } from "../../../src/runner/forward/run.js";
import { type Stream, unscaled } from "../../../src/runner/forward/stream.js";
import { quietIo } from "./made-up.js";

/** A float32 cache: nothing is lost in it. */
export const EXACT: Stream = { name: "float32", cacheOf: () => unscaled("float32") };

/** A run, and the logits of its first stream, [tokens, vocabulary], soft cap applied. */
export interface Watched {
  readonly run: ModelRun;
  readonly logits: Float32Array;
}

interface RunChoices {
  readonly streams?: readonly Stream[];
  readonly backend?: Backend;
  readonly precision?: Precision;
}

/** Runs a checkpoint over sequences. The recipe is read from its own config. */
export async function runCheckpoint(
  { source, inventory }: { readonly source: CheckpointSource; readonly inventory: Inventory },
  sequences: readonly Int32Array[],
  { streams = [EXACT], backend = referenceBackend, precision = "float32" }: RunChoices = {},
): Promise<Watched> {
  const names = new Set(inventory.shards.flatMap(({ header }) => [...header.tensors.keys()]));
  const recipe = recipeOf(documentsOf(inventory).config!, names);
  const { vocabulary, logitSoftcap: cap } = recipe;
  const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
  const logits = new Float32Array(tokens * vocabulary);
  const watchLogits = (slice: Float32Array, first: number, width: number) => {
    for (let at = 0; at < tokens * width; at++) {
      const logit = cap === 0 ? slice[at]! : cap * Math.tanh(slice[at]! / cap);
      logits[Math.floor(at / width) * vocabulary + first + (at % width)] = logit;
    }
  };
  const task = { source, inventory, recipe, sequences, streams, backend, precision, watchLogits };
  return { run: await runModel(task, quietIo), logits };
}
