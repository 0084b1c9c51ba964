import { synthesize } from "../attention/synthesize.js";
import { type Level, THRESHOLDS, type Thresholds, worst } from "../attention/verdict.js";
import type { BackendDescription } from "../backend/backend.js";
import { selectBackend } from "../backend/select.js";
import { readInventory } from "../checkpoint/read-inventory.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import type { Recipe } from "../model/recipe.js";
import { type Activations, openActivations } from "../runner/activations.js";
import { type LayerScales, layerShape, layersOf, unusable } from "../runner/layers.js";
import type { CacheFormat, ScaleTable } from "../scales/table.js";
import { type Deps, localDeps } from "./deps.js";
import { knownRecipe, recipeFor } from "./runnable.js";
import { refuseWithoutScales } from "./usable.js";
import { type Choices, DEFAULTS, MODEL_DEFAULTS, type VerifyInput } from "./verify-input.js";
import { softmaxOf, unjudged, type VerifiedLayer, type VerifyRun, verifyLayer } from "./verify-layer.js";
import { type ModelReport, verifyModel } from "./verify-model.js";

export type { Choices, VerifyInput } from "./verify-input.js";
export type { VerifiedLayer } from "./verify-layer.js";
export type { ModelReport } from "./verify-model.js";

/** What `verify` tells. */
export interface VerifyReport {
  readonly label: string;
  readonly format: CacheFormat;
  readonly backend: BackendDescription;
  readonly data: "model" | "synthetic" | "activations";
  readonly choices: Choices;
  readonly thresholds: Thresholds;
  /** In the order of the model. */
  readonly layers: readonly VerifiedLayer[];
  /** What the model itself loses; null where it was not run. */
  readonly model: ModelReport | null;
  readonly level: Level;
  /** True unless a layer or the model fails. */
  readonly ok: boolean;
}

/**
 * What an 8-bit cache with these scales costs, layer by layer and, where the model can be run, end to end; and a
 * verdict. Products of attention are taken in float32 on every backend: BF16 ones would add an error of their own
 * where logits are large.
 */
export async function verify(input: VerifyInput, io: Io, deps: Deps = localDeps): Promise<VerifyReport> {
  const source = await deps.open(input.ref, io);
  const inventory = await readInventory(source, io);
  const recipe = recipeFor(input, source, inventory, io);
  const layers = layersOf(inventory, await tablesOf(input, inventory, recipe !== undefined, io, deps));
  const { backend, note } = await selectBackend(input.backend ?? "auto", { precise: true });
  if (note !== undefined) io.emit({ type: "note", message: note });
  const run: VerifyRun = { backend, inventory, ...settingsOf(input, inventory, recipe !== undefined) };
  const judged = await judge({ source, recipe, run, layers, input }, io, deps);
  const { format, choices, thresholds } = run;
  const facts = { label: inventory.label, format, backend: backend.describe(), choices, thresholds };
  const failing = judged.model !== null && judged.model.faults.length > 0;
  const level = failing ? "fail" : worst(judged.layers.map((layer) => layer.level));
  return { ...facts, ...judged, level, ok: level !== "fail" };
}

interface Job {
  readonly source: CheckpointSource;
  readonly recipe: Recipe | undefined;
  readonly run: VerifyRun;
  readonly layers: readonly LayerScales[];
  readonly input: VerifyInput;
}

async function judge(job: Job, io: Io, deps: Deps): Promise<Pick<VerifyReport, "data" | "layers" | "model">> {
  const { recipe, input } = job;
  if (recipe !== undefined) return { data: "model", ...(await verifyModel({ ...job, recipe }, io, deps)) };
  const file = input.activations;
  const activations =
    file === undefined ? undefined : await openActivations(await deps.open(file, io), io.signal);
  const known = activations && knownRecipe(job.run.inventory, io);
  const layers: VerifiedLayer[] = [];
  for (const [at, layer] of job.layers.entries()) {
    io.emit({ type: "phase", name: `layer ${at + 1} of ${job.layers.length}` });
    layers.push(await judgeAlone(layer, job.run, { activations, known }, io.signal));
  }
  return { data: activations === undefined ? "synthetic" : "activations", layers, model: null };
}

async function tablesOf({ scales, fit }: VerifyInput, own: Inventory, running: boolean, io: Io, deps: Deps) {
  const tableOf = async (ref: string): Promise<ScaleTable> => {
    const other = await readInventory(await deps.open(ref, io), io);
    refuseWithoutScales(other);
    return other.table;
  };
  if (scales === undefined || (fit === undefined && !running)) refuseWithoutScales(own);
  const fitted = fit === undefined ? own.table : await tableOf(fit);
  if (scales === "unit") return { judged: "unit" as const, fitted };
  return { judged: scales === undefined ? own.table : await tableOf(scales), fitted };
}

function settingsOf(input: VerifyInput, { table }: Inventory, running: boolean) {
  const defaults = running ? { ...DEFAULTS, queries: MODEL_DEFAULTS.queries } : DEFAULTS;
  const { distribution, seed, keys, queries, writer } = { ...defaults, ...input };
  return {
    format: table.format,
    choices: { distribution, seed, keys, queries: Math.min(queries, keys), writer },
    thresholds: { ...THRESHOLDS[table.format], ...input.thresholds },
  };
}

/** Captured values, and the recipe of the model they are of, where there are any and it is known. */
interface Captured {
  readonly activations: Activations | undefined;
  readonly known: Recipe | undefined;
}

/** A layer by itself: with captured values, or with drawn ones. */
async function judgeAlone(
  layer: LayerScales,
  run: VerifyRun,
  { activations, known }: Captured,
  signal: AbortSignal,
): Promise<VerifiedLayer> {
  const { site, judged, fitted } = layer;
  const { inventory, format, choices } = run;
  const reasons = [
    ...unusable(judged, "stored"),
    ...(activations ? [] : unusable(fitted, "there to fit values to")),
  ];
  const { k, v } = judged;
  if (reasons.length > 0 || !k || !v) return unjudged(layer, reasons);
  const shape = layerShape(inventory.geometry, inventory.label);
  const fit = { scales: { k: fitted.k ?? k, v: fitted.v ?? v }, format, headRoom: 1 };
  const values = activations
    ? await activations.layer(site.layer, shape, signal)
    : synthesize(shape, { ...choices, layer: site.layer, fit });
  const attention = known?.layers.find(({ index }) => index === site.layer)?.attention;
  const softmax = attention ? softmaxOf(attention) : { softmaxScale: 1 / Math.sqrt(shape.keySize) };
  return verifyLayer(layer, { shape, values, softmax }, run, signal);
}
