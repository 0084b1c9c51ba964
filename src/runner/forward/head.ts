import { finishLogits, type LogitFigures, startLogits } from "../../model/logits.js";
import type { MatrixPart, Recipe } from "../../model/recipe.js";
import type { Batch } from "./batch.js";
import { norm, project, type Workshop } from "./project.js";
import type { WeightFiles } from "./weight-files.js";

/** Bytes of the head's weights that are in memory at once, and numbers of their logits. */
const MOST_BYTES = 2 ** 25;
const MOST_LOGITS = 2 ** 25;
const BLOCK_ROWS = 128;

/** Hands out slices of the logits, for whoever wants to see them: [streams, tokens, width] from column `first` on. */
export type LogitWatcher = (logits: Float32Array, first: number, width: number) => void;

/** From the last layer's residuals [streams, tokens, hidden] to figures of the logits, a slice of the vocabulary at a time. */
export async function runHead(
  hidden: Float32Array,
  streams: number,
  batch: Batch,
  files: WeightFiles,
  shop: Workshop,
  watch?: LogitWatcher,
): Promise<LogitFigures> {
  const { recipe, backend, signal } = shop;
  const { finalNorm, head, logitSoftcap: softcap } = recipe;
  const bias = head.bias === undefined ? [] : [head.bias];
  const rest = await files.load([finalNorm.weight, ...bias], signal);
  const input = await norm(hidden, finalNorm, rest, shop);
  const sums = startLogits(streams, batch.tokens);
  const slices = slicesOf(recipe, streams * batch.tokens);
  let next = files.load([slices[0]!], signal);
  for (const [at, slice] of slices.entries()) {
    const loaded = await next;
    const following = slices[at + 1];
    if (following !== undefined) next = quiet(files.load([following], signal));
    const logits = await project(input, { weights: slice }, loaded, shop);
    if (head.bias !== undefined) addColumns(logits, rest.vector(head.bias).subarray(slice.first), slice.rows);
    const { first, rows: width } = slice;
    const from = first - recipe.head.weights.first;
    await backend.compute.takeLogits(
      { logits, first: from, width, streams, targets: batch.targets, softcap, sums },
      signal,
    );
    watch?.(logits, from, width);
    shop.scratch.give(logits);
  }
  return finishLogits(sums);
}

function slicesOf({ head: { weights }, vocabulary }: Recipe, rows: number): MatrixPart[] {
  const most = Math.min(Math.floor(MOST_BYTES / (weights.columns * 2)), Math.floor(MOST_LOGITS / rows));
  // Whole blocks of an FP8 head, so that no slice begins within one.
  const width = Math.max(1, Math.floor(most / BLOCK_ROWS)) * BLOCK_ROWS;
  return Array.from({ length: Math.ceil(vocabulary / width) }, (_, at) => ({
    ...weights,
    first: weights.first + at * width,
    rows: Math.min(width, vocabulary - at * width),
  }));
}

function addColumns(logits: Float32Array, bias: Float32Array, width: number): void {
  for (let i = 0; i < logits.length; i++) logits[i]! += bias[i % width]!;
}

/** A promise whose failure is told when it is awaited, not before. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
