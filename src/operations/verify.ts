import { type Distribution, synthesize } from "../attention/synthesize.js";
import { type Level, THRESHOLDS, type Thresholds, worst } from "../attention/verdict.js";
import type { Backend, BackendChoice, BackendDescription } from "../backend/backend.js";
import { selectBackend } from "../backend/select.js";
import { readInventory } from "../checkpoint/read-inventory.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import type { Writer } from "../numeric/quantise.js";
import { type Activations, openActivations } from "../runner/activations.js";
import { judgeLayer, type LayerFigures } from "../runner/judge-layer.js";
import { type LayerScales, layerShape, layersOf, unusable } from "../runner/layers.js";
import type { CacheFormat } from "../scales/table.js";
import { type Deps, localDeps } from "./deps.js";
import { refuseWithoutScales } from "./usable.js";

/** What `verify` is asked; every choice has a default. */
export interface VerifyInput extends Partial<Choices> {
  readonly ref: string;
  /** Scales to judge instead of the checkpoint's own: another REF, or "unit" for 1.0 everywhere. */
  readonly scales?: string;
  /** The checkpoint whose scales say how large synthetic values are; by default `ref` itself. */
  readonly fit?: string;
  /** A safetensors file of captured queries, keys and values, instead of synthetic ones. */
  readonly activations?: string;
  readonly backend?: BackendChoice;
  readonly thresholds?: Partial<Thresholds>;
}

/** What a run depends on besides the checkpoint: the same choices give the same figures. */
export interface Choices {
  readonly distribution: Distribution;
  readonly seed: number;
  /** Keys of the one synthetic sequence that each layer attends over. */
  readonly keys: number;
  /** Of these, the last so many also ask. */
  readonly queries: number;
  readonly writer: Writer;
}

/** One layer of the report; figures are null where the scales cannot be used at all. */
export interface VerifiedLayer {
  readonly site: string;
  readonly layer: number;
  readonly k: readonly number[] | null;
  readonly v: readonly number[] | null;
  readonly level: Level;
  readonly reasons: readonly string[];
  readonly figures: Omit<LayerFigures, "level" | "reasons"> | null;
}

/** What `verify` tells. */
export interface VerifyReport {
  readonly label: string;
  readonly format: CacheFormat;
  readonly backend: BackendDescription;
  readonly data: "synthetic" | "activations";
  readonly choices: Choices;
  readonly thresholds: Thresholds;
  /** In the order of the model. */
  readonly layers: readonly VerifiedLayer[];
  readonly level: Level;
  /** True unless a layer fails. */
  readonly ok: boolean;
}

/** The choices of a run that makes none: long enough for the figures to settle, short enough for seconds. */
export const DEFAULTS: Choices = { distribution: "normal", seed: 0, keys: 512, queries: 4, writer: "cuda" };

/**
 * What an 8-bit cache with these scales costs, layer by layer, and a verdict. Products are taken in float32
 * on every backend: BF16 ones would add an error of their own where logits are large.
 */
export async function verify(input: VerifyInput, io: Io, deps: Deps = localDeps): Promise<VerifyReport> {
  const inventory = await readInventory(await deps.open(input.ref, io), io);
  const layers = layersOf(inventory, await tablesOf(input, inventory, io, deps));
  const { backend, note } = await selectBackend(input.backend ?? "auto", { precise: true });
  if (note !== undefined) io.emit({ type: "note", message: note });
  const run: Run = { backend, inventory, ...(await settingsOf(input, inventory, io, deps)) };
  const verified: VerifiedLayer[] = [];
  for (const layer of layers) {
    io.emit({ type: "phase", name: `layer ${layer.site.layer} of ${layers.length}` });
    verified.push(await verifyLayer(layer, run, io));
  }
  const level = worst(verified.map((layer) => layer.level));
  const { format, choices, thresholds, activations } = run;
  const data = activations === undefined ? "synthetic" : "activations";
  const facts = {
    label: inventory.label,
    format,
    backend: backend.describe(),
    data,
    choices,
    thresholds,
  } as const;
  return { ...facts, layers: verified, level, ok: level !== "fail" };
}

interface Run {
  readonly backend: Backend;
  readonly inventory: Inventory;
  readonly format: CacheFormat;
  readonly choices: Choices;
  readonly thresholds: Thresholds;
  readonly activations: Activations | undefined;
}

async function tablesOf({ scales, fit }: VerifyInput, own: Inventory, io: Io, deps: Deps) {
  const tableOf = async (ref: string) => {
    const other = await readInventory(await deps.open(ref, io), io);
    refuseWithoutScales(other);
    return other.table;
  };
  if (scales === undefined || fit === undefined) refuseWithoutScales(own);
  const fitted = fit === undefined ? own.table : await tableOf(fit);
  if (scales === "unit") return { judged: "unit" as const, fitted };
  return { judged: scales === undefined ? own.table : await tableOf(scales), fitted };
}

async function settingsOf(input: VerifyInput, { table }: Inventory, io: Io, deps: Deps) {
  const { distribution, seed, keys, queries, writer } = { ...DEFAULTS, ...input };
  const file = input.activations;
  return {
    format: table.format,
    choices: { distribution, seed, keys, queries: Math.min(queries, keys), writer },
    thresholds: { ...THRESHOLDS[table.format], ...input.thresholds },
    activations: file === undefined ? undefined : await openActivations(await deps.open(file, io), io.signal),
  };
}

async function verifyLayer({ site, judged, fitted }: LayerScales, run: Run, io: Io): Promise<VerifiedLayer> {
  const { inventory, format, choices, thresholds, activations, backend } = run;
  const own = { site: site.path, layer: site.layer, k: listOf(judged.k), v: listOf(judged.v) };
  const reasons = [
    ...unusable(judged, "stored"),
    ...(activations ? [] : unusable(fitted, "there to fit values to")),
  ];
  const { k, v } = judged;
  if (reasons.length > 0 || !k || !v)
    return { ...own, level: "fail", reasons: [...new Set(reasons)], figures: null };
  const shape = layerShape(inventory.geometry, inventory.label);
  const fit = { scales: { k: fitted.k ?? k, v: fitted.v ?? v }, format, headRoom: 1 };
  const values = activations
    ? await activations.layer(site.layer, shape, io.signal)
    : synthesize(shape, { ...choices, layer: site.layer, fit });
  const half = inventory.geometry.dtype === "float16" ? "float16" : "bfloat16";
  const softmax = { softmaxScale: 1 / Math.sqrt(shape.keySize) };
  const task = {
    shape,
    values,
    softmax,
    scales: { k, v },
    format,
    half,
    writer: choices.writer,
    thresholds,
  } as const;
  const { level, reasons: judgedReasons, ...figures } = await judgeLayer(task, backend, io.signal);
  return { ...own, level, reasons: judgedReasons, figures };
}

function listOf(scales: Float32Array | undefined): number[] | null {
  return scales === undefined ? null : Array.from(scales);
}
