import { type Candidates, candidatesOf } from "../calibration/candidates.js";
import type { Room } from "../calibration/choose.js";
import { chooseScales } from "../calibration/choose.js";
import type { Part } from "../calibration/statistics.js";
import { readInventory } from "../checkpoint/read-inventory.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import { usageRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { refuseUnfit } from "../plan/merge.js";
import { headScale, tensorScale } from "../scales/scale.js";
import { siteOf } from "../scales/site.js";
import { type CacheFormat, type Entry, type ScaleTable, tableOf } from "../scales/table.js";
import {
  CALIBRATE_DEFAULTS,
  type CalibrateChoices,
  type CalibrateInput,
  type Method,
} from "./calibrate-input.js";
import { type ScaleFileWritten, writeScaleFile } from "./calibrate-output.js";
import { removeState, withState } from "./calibrate-state.js";
import { type Gathered, gather } from "./calibrate-statistics.js";
import { type Deps, localDeps } from "./deps.js";
import { putScales } from "./put-scales.js";
import type { WriteReport } from "./write.js";

export type { CalibrateInput } from "./calibrate-input.js";

/** The scales of one layer, and what they were computed from. */
export interface CalibratedLayer {
  readonly site: string;
  readonly layer: number;
  readonly k: readonly number[];
  readonly v: readonly number[];
  /** Largest magnitudes, one a KV head: keys after rotation, and values. */
  readonly reach: { readonly k: readonly number[]; readonly v: readonly number[] };
  /** Largest magnitude of each channel of K, [KV heads × head size], to four digits; null where statistics lack them. */
  readonly channels: readonly number[] | null;
  /** What the scales were chosen among. */
  readonly candidates: Candidates;
}

/** What `calibrate` tells. */
export interface CalibrateReport {
  readonly label: string;
  readonly format: CacheFormat;
  readonly method: Method;
  readonly granularity: CalibrateChoices["granularity"];
  /** The parts of the job that the scales rest on. */
  readonly parts: readonly Part[];
  /** Empty while parts of the job are missing. */
  readonly layers: readonly CalibratedLayer[];
  readonly stats: string | null;
  readonly file: ScaleFileWritten | null;
  readonly checkpoint: WriteReport | null;
}

/**
 * Computes the scales of a checkpoint that has none: runs the model on text, looks at what each layer's cache would
 * hold, and writes scales into a new checkpoint or a file; or statistics, for many runs to be combined. Refuses
 * before it runs what can be known to fail.
 */
export async function calibrate(
  input: CalibrateInput,
  io: Io,
  deps: Deps = localDeps,
): Promise<CalibrateReport> {
  const choices = { ...CALIBRATE_DEFAULTS, ...input };
  refuseContradictions(input, choices);
  const source = await deps.open(input.ref, io);
  const inventory = await readInventory(source, io);
  if (input.writing !== undefined) {
    refuseUnfit(inventory, input.replace ?? false);
    if (!input.writing.dryRun) await deps.sink(input.writing, [source], io);
  }
  await checkFiles(input, source, deps);
  const { parts, complete, layers } = await withState(input, async () => {
    const gathered = await gather({ input, choices, room: roomOf(choices), source, inventory }, io, deps);
    const { parts } = gathered.statistics;
    const complete = parts.length === parts[0]!.of;
    return { parts, complete, layers: complete ? layersOf(gathered, choices, inventory.label) : [] };
  });
  const { format, method, granularity } = choices;
  const facts = { label: inventory.label, format, method, granularity, parts, stats: input.stats ?? null };
  const outputs = complete
    ? await written(layers, input, source, inventory, choices, io, deps)
    : { file: null, checkpoint: null };
  await removeState(input);
  return { ...facts, layers, ...outputs };
}

/** A place that is taken is told before the model runs, not after. */
async function checkFiles(
  { scaleFile, stats }: CalibrateInput,
  source: CheckpointSource,
  { checkFile }: Deps,
): Promise<void> {
  const sources = [source];
  if (scaleFile !== undefined) await checkFile?.(scaleFile.path, { force: scaleFile.force, sources });
  if (stats !== undefined) await checkFile?.(stats, { force: true, sources });
}

function roomOf({ method, percentile, granularity, format, margin }: CalibrateChoices): Room {
  return { granularity, format, margin, share: method === "percentile" ? percentile : 1 };
}

function layersOf(
  { statistics, searched }: Gathered,
  choices: CalibrateChoices,
  label: string,
): CalibratedLayer[] {
  const room = roomOf(choices);
  return statistics.layers.map((layer, at) => {
    const chosen = searched[at] ?? chooseScales(layer, room, label);
    const reach = { k: layer.k.map(({ amax }) => amax), v: layer.v.map(({ amax }) => amax) };
    return {
      ...{ site: layer.site, layer: layer.layer, k: [...chosen.k], v: [...chosen.v], reach },
      channels: layer.channels ?? null,
      candidates: candidatesOf(layer, room, chosen, searched[at]?.trials),
    };
  });
}

async function written(
  layers: readonly CalibratedLayer[],
  input: CalibrateInput,
  source: CheckpointSource,
  inventory: Inventory,
  choices: CalibrateChoices,
  io: Io,
  deps: Deps,
): Promise<Pick<CalibrateReport, "file" | "checkpoint">> {
  const table = tableFrom(layers, choices);
  const { writing, scaleFile, engine, ranks, replace = false } = input;
  const aim = { ...(engine && { engine }), ...(ranks && { ranks }) };
  const file = scaleFile && (await writeScaleFile({ table, inventory, source, ...scaleFile, ...aim }, deps));
  const task = { source, inventory, table, losses: [], others: [], ...aim, replace, singleFile: false };
  const checkpoint = writing && (await putScales({ ...task, writing }, io, deps));
  return { file: file ?? null, checkpoint: checkpoint ?? null };
}

function tableFrom(
  layers: readonly CalibratedLayer[],
  { format, granularity }: CalibrateChoices,
): ScaleTable {
  const entries = layers.flatMap(({ site: path, k, v }): Entry[] => {
    const site = siteOf(path);
    if (site === undefined) throw new RangeError(`${path} is no attention module`);
    const scale = (values: readonly number[]) =>
      granularity === "head" ? headScale(values) : tensorScale(values[0]!);
    return [
      { site, role: "k", scale: scale(k) },
      { site, role: "v", scale: scale(v) },
    ];
  });
  return tableOf(format, entries);
}

function refuseContradictions(
  input: CalibrateInput,
  { method, percentile, margin, format }: CalibrateChoices,
): void {
  const { shard, fromStats, stats, writing, scaleFile } = input;
  if (method === "mse" && (shard !== undefined || fromStats !== undefined || stats !== undefined)) {
    throw usageRefusal("search-needs-values", {
      expected: "--method max or percentile with --shard, --stats and --from-stats",
      found: "mse, which searches on the values themselves, and statistics do not hold those",
      remedy: "Run mse in one piece, on a text that is as long as one machine can take.",
    });
  }
  if (stats === undefined && writing === undefined && scaleFile === undefined && shard !== undefined) {
    throw usageRefusal("shard-without-stats", {
      expected: "--stats FILE with --shard, so that the parts can be combined",
      found: "none",
    });
  }
  if (format === "float8_e5m2") {
    throw usageRefusal("scales-of-e5m2", {
      expected: "a format to whose cache engines apply scales: float8_e4m3fn or float8_e4m3fnuz",
      found: format,
      remedy: "Serve an e5m2 cache without scales; `kvscale verify --compare e5m2` tells what it costs.",
    });
  }
  if (!(percentile > 0 && percentile <= 1))
    throw outOfRange("--percentile", "a share above 0, at most 1", percentile);
  if (!(margin > -1 && Number.isFinite(margin))) throw outOfRange("--margin", "a share above -1", margin);
}

function outOfRange(option: string, expected: string, found: number) {
  return usageRefusal("number-out-of-range", { expected: `${expected} for ${option}`, found: String(found) });
}
