import type { LayerValues } from "../attention/layer.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import { usageRefusal } from "../errors.js";
import type { Io } from "../events.js";
import { advise, type LayerSummary, STREAM_NAMES, type StreamSummary } from "../model/advice.js";
import type { LogitFigures } from "../model/logits.js";
import type { Precision } from "../model/ops.js";
import { scoredRows, streamFigures, type TokenFigures } from "../model/perplexity.js";
import type { LayerRecipe, Recipe } from "../model/recipe.js";
import { MODEL_THRESHOLDS, type ModelThresholds, modelFaults } from "../model/verdict.js";
import { comparisonStream, givenStream, referenceStream, type StreamChoices } from "../runner/candidates.js";
import type { LayerObservation } from "../runner/forward/observation.js";
import { type ModelRun, runModel } from "../runner/forward/run.js";
import type { Stream } from "../runner/forward/stream.js";
import type { LayerInput } from "../runner/forward/through-cache.js";
import type { LayerScales } from "../runner/layers.js";
import { unusable } from "../runner/layers.js";
import { sequencesOf } from "../runner/text/sequences.js";
import type { Deps } from "./deps.js";
import { readGiven } from "./given-text.js";
import { MODEL_DEFAULTS, type VerifyInput } from "./verify-input.js";
import { softmaxOf, type VerifiedLayer, type VerifyRun, verifyLayer } from "./verify-layer.js";

/** The model's own part of a report: what the cache costs end to end, and which layers cause it. */
export interface ModelReport {
  /** Where the text came from. */
  readonly text: string;
  readonly sequences: number;
  readonly tokens: number;
  readonly precision: Precision;
  /** The 16-bit cache of the first stream, the reference. */
  readonly reference: StreamChoices["reference"];
  readonly thresholds: ModelThresholds;
  readonly streams: readonly StreamSummary[];
  readonly layers: readonly LayerObservation[];
  /** Why the judged stream fails; empty when it passes. */
  readonly faults: readonly string[];
  readonly advice: readonly string[];
}

/** Everything that a run of the model needs. */
export interface ModelVerification {
  readonly source: CheckpointSource;
  readonly recipe: Recipe;
  readonly run: VerifyRun;
  readonly layers: readonly LayerScales[];
  readonly input: VerifyInput;
}

/** Runs the model on text, its cache kept in several ways, and judges every layer by what it really attends with. */
export async function verifyModel(
  task: ModelVerification,
  io: Io,
  deps: Deps,
): Promise<{ layers: VerifiedLayer[]; model: ModelReport }> {
  const { source, recipe, run, layers, input } = task;
  const { maxTokens, precision, compare } = { ...MODEL_DEFAULTS, ...input };
  const given = await readGiven(input, io, deps);
  const vocabulary = recipe.vocabulary;
  const limits = { sequenceLength: run.choices.keys, maxTokens, vocabulary };
  const sequences = await sequencesOf({ ...limits, ...(given && { given }) }, source, io.signal);
  const choices = choicesOf(task);
  const streams = [
    referenceStream(choices),
    ...judgedStream(task, choices),
    ...compare.map((name) => comparisonStream(name, choices)),
  ];
  const verified: VerifiedLayer[] = [];
  const observe = async (layer: LayerRecipe, seen: LayerInput) => {
    const scales = scalesFor(layers, layer);
    if (scales === undefined || choices.layers?.has(layer.index) === false) return;
    verified.push(await verifyLayer(scales, dataOf(layer, seen, sequences[0]!.length, task), run, io.signal));
  };
  const { backend, inventory } = run;
  const pass = { source, inventory, recipe, sequences, streams, precision, backend, observe };
  const result = await runModel(pass, io);
  const facts = { text: given?.file ?? "built-in", sequences: sequences.length, tokens: result.tokens };
  const model = { ...facts, precision, reference: choices.reference, ...judgeModel(result, streams, task) };
  return { layers: verified, model };
}

function choicesOf({ run, input, recipe }: ModelVerification): StreamChoices {
  const { dtype } = run.inventory.geometry;
  const reference = dtype === "float16" || dtype === "float32" ? dtype : "bfloat16";
  const shared = { reference, format: run.format, writer: run.choices.writer } as const;
  if (input.layers === undefined) return shared;
  const beyond = input.layers.find((layer) => layer >= recipe.layers.length);
  if (beyond === undefined) return { ...shared, layers: new Set(input.layers) };
  throw usageRefusal("layer-beyond", {
    expected: `layers 0 to ${recipe.layers.length - 1}, as the model has them`,
    found: String(beyond),
  });
}

/** Absent where a layer has no usable scale: the layers' own verdicts say so, and nothing is made up. */
function judgedStream({ layers, recipe }: ModelVerification, choices: StreamChoices): Stream[] {
  const wanted = recipe.layers.filter(({ index }) => choices.layers?.has(index) ?? true);
  const scales = wanted.map((layer) => scalesFor(layers, layer)?.judged);
  if (scales.some((own) => own === undefined || unusable(own, "stored").length > 0)) return [];
  return [
    givenStream(
      STREAM_NAMES.stored,
      (layer) => scalesFor(layers, layer)!.judged as Required<LayerScales["judged"]>,
      choices,
    ),
  ];
}

function scalesFor(layers: readonly LayerScales[], { path, index }: LayerRecipe): LayerScales | undefined {
  return (
    layers.find(({ site }) => site.path === path) ??
    layers.find(({ site }) => site.kind === "decoder" && site.layer === index)
  );
}

/** The first sequence: all its keys, and its last queries. */
function dataOf(
  { attention }: LayerRecipe,
  seen: LayerInput,
  length: number,
  { recipe, run }: ModelVerification,
) {
  const { heads, kvHeads, headSize } = recipe;
  const [asks, keys] = [heads * headSize, kvHeads * headSize];
  const first = Math.max(0, length - run.choices.queries);
  const values: LayerValues = {
    query: seen.query.slice(first * asks, length * asks),
    keys: seen.keys.slice(0, length * keys),
    values: seen.values.slice(0, length * keys),
  };
  const shape = { heads, kvHeads, keySize: headSize, valueSize: headSize };
  return { shape, values, softmax: softmaxOf(attention) };
}

function judgeModel(result: ModelRun, streams: readonly Stream[], { input }: ModelVerification) {
  const summaries = summariesOf(result, streams);
  const thresholds = { ...MODEL_THRESHOLDS, ...input.modelThresholds };
  const judged = summaries.find(({ name }) => name === STREAM_NAMES.stored);
  const layers = result.layers.flatMap((layer) => summaryOf(layer) ?? []);
  return {
    thresholds,
    streams: summaries,
    layers: result.layers,
    faults: judged === undefined ? [] : modelFaults(judged, thresholds),
    advice: advise({ judged: STREAM_NAMES.stored, streams: summaries, layers }),
  };
}

function summariesOf({ figures, tokens, targets }: ModelRun, streams: readonly Stream[]): StreamSummary[] {
  const rows = scoredRows(targets);
  const reference = tokensOf(figures!, 0, tokens);
  return streams.map(({ name }, at) => ({
    name,
    ...streamFigures(tokensOf(figures!, at, tokens), reference, rows),
  }));
}

function tokensOf({ nll, kl, top }: LogitFigures, stream: number, tokens: number): TokenFigures {
  const [begin, end] = [stream * tokens, (stream + 1) * tokens];
  return { nll: nll.subarray(begin, end), kl: kl.subarray(begin, end), top: top.subarray(begin, end) };
}

function summaryOf({ layer, outlier, streams }: LayerObservation): LayerSummary | undefined {
  const own = streams.find(({ name }) => name === STREAM_NAMES.stored);
  if (own === undefined || own.k === null || own.v === null) return undefined;
  return { layer, outlier, localError: own.local.relativeL2, k: own.k, v: own.v };
}
