import type { LayerRecipe } from "../../model/recipe.js";
import { deviation } from "../../numeric/metrics.js";
import type { Batch, Rotations } from "./batch.js";
import { feed } from "./feed.js";
import { refuseInfinite } from "./finite.js";
import { channelsOf, type LayerObservation, reachOf, roleAt, type StreamAtLayer } from "./observation.js";
import { add, norm, project, type Workshop } from "./project.js";
import type { CacheChoice, Reach, Stream } from "./stream.js";
import { attendThrough, type LayerForm, type LayerInput } from "./through-cache.js";
import type { LoadedWeights } from "./weight-files.js";

/** Everything a layer is run with. `streams[0]` is the reference. */
export interface LayerRun extends Workshop {
  readonly layer: LayerRecipe;
  readonly loaded: LoadedWeights;
  readonly rotations: readonly Rotations[];
  readonly batch: Batch;
  readonly streams: readonly Stream[];
  /** The checkpoint, as messages name it. */
  readonly label: string;
}

/** What a layer's run told, before the residuals are compared. */
export interface LayerOutcome extends Pick<LayerObservation, "outlier" | "channels"> {
  readonly reach: Reach;
  readonly streams: readonly Omit<StreamAtLayer, "accumulated">[];
  /** The reference's own queries, keys after rotation, and values. */
  readonly seen: LayerInput;
}

/** Runs one layer for all streams; `hidden` [streams, tokens, hidden] is changed in place. */
export async function runLayer(hidden: Float32Array, run: LayerRun): Promise<LayerOutcome> {
  const { layer, loaded } = run;
  const input = await norm(hidden, layer.attentionNorm, loaded, run);
  const { outcome, attended } = await attentionHalf(input, run);
  const output = await project(attended, layer.attention.output, loaded, run);
  await addTo(hidden, output, layer.afterAttention, run);
  const normed = await norm(hidden, layer.feedNorm, loaded, run);
  await addTo(hidden, await feed(normed, layer.feed, loaded, run), layer.afterFeed, run);
  run.scratch.give(input, attended, normed);
  return outcome;
}

/** Adds a half of the layer to the residuals, normed once more where the architecture does that. */
async function addTo(
  hidden: Float32Array,
  half: Float32Array,
  recipe: LayerRecipe["afterFeed"],
  run: LayerRun,
): Promise<void> {
  const added = recipe === undefined ? half : await norm(half, recipe, run.loaded, run);
  add(hidden, added);
  run.scratch.give(half);
  if (added !== half) run.scratch.give(added);
}

async function attentionHalf(input: Float32Array, run: LayerRun) {
  const { layer, streams, batch, recipe, backend, signal } = run;
  const inputs = await inputsOf(input, run);
  const form = formOf(run);
  const [seen] = inputs as [LayerInput];
  const reach = reachOf(seen, recipe);
  refuseInfinite(reach, layer, run.label);
  const choices = streams.map((stream) => stream.cacheOf(layer, reach));
  const attend = (choice: CacheChoice, own: LayerInput) =>
    attendThrough(choice, own, form, batch, backend, signal);
  const attended = run.scratch.take(streams.length * batch.tokens * recipe.heads * recipe.headSize);
  const told: LayerOutcome["streams"][number][] = [];
  let reference = new Float32Array(0);
  for (const [at, choice] of choices.entries()) {
    const out = await attend(choice, inputs[at]!);
    attended.set(out, at * out.length);
    if (at === 0) reference = out as Float32Array<ArrayBuffer>;
    else {
      told.push({
        name: streams[at]!.name,
        local: deviation(reference, await attend(choice, seen)),
        k: roleAt(seen.keys, choice.k, recipe),
        v: roleAt(seen.values, choice.v, recipe),
      });
    }
  }
  return { attended, outcome: { reach, ...channelsOf(seen.keys, recipe), streams: told, seen } };
}

/** Queries, keys and values of every stream: projected together, normed, rotated. */
async function inputsOf(input: Float32Array, run: LayerRun): Promise<LayerInput[]> {
  const { layer, loaded, recipe, batch, streams } = run;
  const { attention } = layer;
  const query = await rotated(
    await project(input, attention.query, loaded, run),
    attention.queryNorm,
    recipe.heads,
    run,
  );
  const keys = await rotated(
    await project(input, attention.key, loaded, run),
    attention.keyNorm,
    recipe.kvHeads,
    run,
  );
  const values = await project(input, attention.value, loaded, run);
  const share = (of: Float32Array, heads: number, at: number) => {
    const size = batch.tokens * heads * recipe.headSize;
    return of.subarray(at * size, (at + 1) * size);
  };
  return streams.map((_, at) => ({
    query: share(query, recipe.heads, at),
    keys: share(keys, recipe.kvHeads, at),
    values: share(values, recipe.kvHeads, at),
  }));
}

async function rotated(
  values: Float32Array,
  headNorm: LayerRun["layer"]["attention"]["queryNorm"],
  heads: number,
  run: LayerRun,
): Promise<Float32Array> {
  const { recipe, batch, streams, backend, signal, loaded, layer } = run;
  const normed = headNorm === undefined ? values : await norm(values, headNorm, loaded, run);
  const { positions, ...table } = run.rotations[layer.attention.rope]!;
  const all = new Int32Array(streams.length * batch.tokens);
  for (let at = 0; at < streams.length; at++) all.set(positions, at * batch.tokens);
  const task = { values: normed, heads, headSize: recipe.headSize, positions: all, ...table };
  await backend.compute.rotate(task, signal);
  return normed;
}

/** How a layer's logits become weights, and its sizes. */
export function formOf({ layer, recipe }: Pick<LayerRun, "layer" | "recipe">): LayerForm {
  const { softmaxScale, window, softcap } = layer.attention;
  const { heads, kvHeads, headSize } = recipe;
  return {
    ...{ heads, kvHeads, headSize, softmaxScale },
    ...(window === undefined ? {} : { window }),
    ...(softcap === undefined ? {} : { softcap }),
  };
}
