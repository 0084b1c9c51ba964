import type { Backend } from "../backend/backend.js";
import type { Trial, Trials } from "../calibration/candidates.js";
import type { ChosenScales, Granularity } from "../calibration/choose.js";
import type { Fp8Format } from "../numeric/fp8.js";
import { decibels, pairwiseSum } from "../numeric/metrics.js";
import type { Batch } from "./forward/batch.js";
import { unscaled } from "./forward/stream.js";
import { attendThrough, type LayerForm, type LayerInput } from "./forward/through-cache.js";

/** What is searched for a layer, and on what. */
export interface SearchTask {
  readonly seen: LayerInput;
  readonly form: LayerForm;
  readonly batch: Batch;
  readonly format: Fp8Format;
  readonly granularity: Granularity;
  /** The scales that put the largest value on the largest code: where the search begins. */
  readonly from: ChosenScales;
  readonly backend: Backend;
}

/** The scales that were found, and all that were tried. */
export interface Searched extends ChosenScales {
  readonly trials: Trials;
}

/** Multiples of the largest value's scale that are tried. Above 1 nothing clips and steps grow; below 1 values clip. */
const MULTIPLES = [2 ** 0.5, 2 ** 0.25, 1, 2 ** -0.25, 2 ** -0.5, 2 ** -0.75, 0.5, 2 ** -1.5, 0.25];

/**
 * The scales, among some multiples of `from`, with the smallest squared error of the layer's attention output over
 * all queries: keys first, then values beside the best keys. Never worse than `from`, which is among them.
 */
export async function searchScales(task: SearchTask, signal: AbortSignal): Promise<Searched> {
  const { seen, form, batch, backend } = task;
  const exact = await attendThrough(unscaled("float32"), seen, form, batch, backend, signal);
  const keys = await sweep(task.from, "k", task, exact, signal);
  const k = keys.scales;
  const values = await sweep({ ...task.from, k }, "v", task, exact, signal);
  return { k, v: values.scales, trials: { k: keys.trials, v: values.trials } };
}

/** The best multiple of one role's scales, per KV head or for all at once. */
async function sweep(
  base: ChosenScales,
  role: "k" | "v",
  task: SearchTask,
  exact: Float32Array,
  signal: AbortSignal,
): Promise<{ scales: Float32Array; trials: Trial[] }> {
  const { seen, form, batch, backend, format, granularity } = task;
  const groups = granularity === "head" ? form.kvHeads : 1;
  const groupOf = (group: number) => (groups === 1 ? undefined : group);
  const nothing = new Float32Array(exact.length);
  const signals = Array.from({ length: groups }, (_, at) => squaredError(exact, nothing, form, groupOf(at)));
  const trials: Trial[] = [];
  const best = { errors: new Float64Array(groups).fill(Infinity), scales: base[role].slice() };
  for (const multiple of MULTIPLES) {
    const scales = { ...base, [role]: base[role].map((scale) => scale * multiple) };
    const kept = (own: "k" | "v") => ({ type: format, scales: scales[own] });
    const choice = { k: kept("k"), v: kept("v"), writer: "cuda" } as const;
    const found = await attendThrough(choice, seen, form, batch, backend, signal);
    const errors = signals.map((_, group) => squaredError(exact, found, form, groupOf(group)));
    const sqnr = errors.map((error, group) => decibels(Math.sqrt(error / signals[group]!)));
    trials.push({ multiple, scales: scales[role], sqnr });
    for (const [group, error] of errors.entries()) {
      if (!(error < best.errors[group]!)) continue;
      best.errors[group] = error;
      best.scales[group] = scales[role][group]!;
    }
  }
  return { scales: best.scales, trials };
}

/** Over all query heads, or over those that share one KV head; rows are [tokens, heads, headSize]. */
function squaredError(
  exact: Float32Array,
  found: Float32Array,
  form: LayerForm,
  kvHead: number | undefined,
): number {
  const { heads, kvHeads, headSize } = form;
  const width = heads * headSize;
  const share = kvHead === undefined ? width : width / kvHeads;
  const begin = kvHead === undefined ? 0 : kvHead * share;
  const rows = exact.length / width;
  return pairwiseSum(rows * share, (i) => {
    const at = Math.floor(i / share) * width + begin + (i % share);
    return (found[at]! - exact[at]!) ** 2;
  });
}
