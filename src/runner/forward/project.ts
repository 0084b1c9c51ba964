import type { Backend } from "../../backend/backend.js";
import type { Precision } from "../../model/ops.js";
import type { LinearRecipe, NormRecipe, Recipe } from "../../model/recipe.js";
import type { Scratch } from "./scratch.js";
import type { LoadedWeights } from "./weight-files.js";

/** What every step of a layer needs besides its numbers. */
export interface Workshop {
  readonly recipe: Recipe;
  readonly backend: Backend;
  readonly precision: Precision;
  readonly signal: AbortSignal;
  /** Where `project` and `norm` take the memory of their results from. */
  readonly scratch: Scratch;
}

/** `input · Wᵀ (+ bias)`: [rows, columns] to [rows, the weight's rows]. */
export async function project(
  input: Float32Array,
  { weights, bias }: LinearRecipe,
  loaded: LoadedWeights,
  { backend, precision, signal, scratch }: Workshop,
): Promise<Float32Array> {
  const output = scratch.take((input.length / weights.columns) * weights.rows);
  const added = bias === undefined ? {} : { bias: loaded.vector(bias) };
  await backend.compute.linear(
    { input, weights: loaded.matrix(weights), ...added, precision, output },
    signal,
  );
  return output;
}

/** The norm of each row. */
export async function norm(
  input: Float32Array,
  { weight, epsilon, offset }: NormRecipe,
  loaded: LoadedWeights,
  { backend, signal, scratch }: Workshop,
): Promise<Float32Array> {
  const output = scratch.take(input.length);
  await backend.compute.rmsNorm({ input, weight: loaded.vector(weight), epsilon, offset, output }, signal);
  return output;
}

/** Adds in place. */
export function add(to: Float32Array, from: Float32Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
}
