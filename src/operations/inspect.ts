import { readInventory } from "../checkpoint/read-inventory.js";
import type { Declaration, WeightQuantization } from "../config/declaration.js";
import type { Geometry } from "../config/geometry.js";
import type { EngineId } from "../engines/engine.js";
import { ENGINES } from "../engines/engines.js";
import { readiness } from "../engines/readiness.js";
import type { Platform, Readiness } from "../engines/verdict.js";
import type { Io } from "../events.js";
import type { Finding } from "../finding.js";
import type { Evidence, Inventory } from "../inventory/inventory.js";
import type { CacheFormat } from "../scales/table.js";
import { type Deps, localDeps } from "./deps.js";
import { type ScaleRow, scaleRows } from "./scale-rows.js";

/** What `inspect` is asked. */
export interface InspectInput {
  readonly ref: string;
  /** One engine instead of all. */
  readonly engine?: EngineId;
  readonly platform?: Platform;
}

/** Everything `inspect` tells. */
export interface InspectReport {
  readonly checkpoint: CheckpointFacts;
  readonly geometry: Geometry;
  readonly weights: WeightQuantization;
  readonly format: CacheFormat;
  /** Attention modules that keep a cache, with or without scales. */
  readonly sites: number;
  readonly scales: readonly ScaleRow[];
  /** Tensors that look like scales but were not used: companions, refused forms, unknown names. */
  readonly others: readonly Evidence[];
  readonly declarations: readonly Declaration[];
  readonly findings: readonly Finding[];
  readonly readiness: readonly Readiness[];
  /** No finding of severity error; under `engine`, also that this engine loads the scales. */
  readonly ok: boolean;
}

/** The checkpoint as files. */
export interface CheckpointFacts {
  readonly label: string;
  readonly files: number;
  readonly shards: number;
  readonly indexed: boolean;
  readonly bytes: number;
}

/** Shows the scales of a checkpoint, what declares them, what is wrong, and what each engine will do. */
export async function inspect(input: InspectInput, io: Io, deps: Deps = localDeps): Promise<InspectReport> {
  const inventory = await readInventory(await deps.open(input.ref, io), io);
  return inspectInventory(inventory, input);
}

/** The report of a checkpoint already read, or only planned. */
export function inspectInventory(
  inventory: Inventory,
  { engine, platform }: Omit<InspectInput, "ref">,
): InspectReport {
  const engines = engine === undefined ? ENGINES.map(({ id }) => id) : [engine];
  const ready = engines.map((id) => readiness(id, inventory, { platform: platform ?? "cuda" }));
  const clean = inventory.findings.every((finding) => finding.severity !== "error");
  return {
    checkpoint: factsOf(inventory),
    geometry: inventory.geometry,
    weights: inventory.weights,
    format: inventory.table.format,
    sites: inventory.sites.length,
    scales: scaleRows(inventory),
    others: inventory.evidence.filter((evidence) => evidence.reading.as !== "scale"),
    declarations: inventory.declarations,
    findings: inventory.findings,
    readiness: ready,
    ok: clean && (engine === undefined || ready[0]?.verdict === "loads"),
  };
}

function factsOf({ label, files, shards, index }: Inventory): CheckpointFacts {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return { label, files: files.length, shards: shards.length, indexed: index !== undefined, bytes };
}
