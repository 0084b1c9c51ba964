import { readInventory } from "../checkpoint/read-inventory.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { EngineId } from "../engines/engine.js";
import { usageRefusal, verdictRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Finding } from "../finding.js";
import type { Inventory } from "../inventory/inventory.js";
import type { CacheFormat, Loss } from "../scales/table.js";
import { type Deps, localDeps } from "./deps.js";
import { type ExtractForm, scaleFile } from "./scale-file.js";
import { type ScaleRow, scaleRows } from "./scale-rows.js";
import { sourceLosses } from "./source-losses.js";
import { refuseWithoutScales } from "./usable.js";

/** What `extract` is asked. */
export interface ExtractInput {
  readonly ref: string;
  /** The file to write; without it the table is only told. */
  readonly out?: string;
  /** `safetensors`, or the id of a sidecar form; by default what the file's ending or the engine says. */
  readonly form?: ExtractForm;
  /** Respells for this engine; without it names, dtypes and bits stay as found. */
  readonly engine?: EngineId;
  /** A checkpoint whose config.json says what a JSON sidecar must say of its model. */
  readonly like?: string;
  /** Tensor-parallel ranks that a JSON sidecar is written for. */
  readonly ranks?: number;
  readonly force?: boolean;
  readonly strict?: boolean;
}

/** What `extract` tells. */
export interface ExtractReport {
  readonly label: string;
  readonly format: CacheFormat;
  readonly sites: number;
  readonly scales: readonly ScaleRow[];
  readonly findings: readonly Finding[];
  readonly losses: readonly Loss[];
  /** What was written; `scales` counts the numbers or tensors in it, which a respelling can change. */
  readonly out: {
    readonly path: string;
    readonly form: ExtractForm;
    readonly scales: number;
    readonly bytes: number;
  } | null;
}

/** Reads the scales of a checkpoint, and writes them to a file of their own where one is named. */
export async function extract(input: ExtractInput, io: Io, deps: Deps = localDeps): Promise<ExtractReport> {
  const source = await deps.open(input.ref, io);
  const inventory = await readInventory(source, io);
  refuseWithoutScales(inventory);
  const facts = {
    label: inventory.label,
    format: inventory.table.format,
    sites: inventory.sites.length,
    scales: scaleRows(inventory),
    findings: inventory.findings,
  };
  if (input.out === undefined) return { ...facts, losses: [], out: null };
  return { ...facts, ...(await writeOut(inventory, source, input, io, deps)) };
}

async function writeOut(
  inventory: Inventory,
  source: CheckpointSource,
  input: ExtractInput,
  io: Io,
  deps: Deps,
) {
  const path = input.out!;
  const form = formOf(input, path);
  const model =
    input.like === undefined ? inventory : await readInventory(await deps.open(input.like, io), io);
  const file = scaleFile(inventory, { ...input, form, geometry: model.geometry });
  const losses = [...sourceLosses(inventory), ...file.losses];
  if (input.strict === true && losses.length > 0) throw lossy(losses);
  await deps.writeFile(path, file.bytes, { force: input.force ?? false, sources: [source] });
  return { losses, out: { path, form, scales: file.count, bytes: file.bytes.length } };
}

const ENDINGS: readonly (readonly [string, ExtractForm])[] = [
  [".safetensors", "safetensors"],
  [".json", "kv-cache-scales"],
];

function formOf({ form, engine }: ExtractInput, path: string): ExtractForm {
  const wanted = form ?? (engine === "lightllm" ? "lightllm" : undefined);
  const ending = ENDINGS.find(([end]) => path.toLowerCase().endsWith(end));
  if (wanted !== undefined && ending !== undefined && isTensors(wanted) !== isTensors(ending[1])) {
    throw misleading(path, wanted);
  }
  const chosen = wanted ?? ending?.[1];
  if (chosen !== undefined) return chosen;
  throw usageRefusal("unknown-output-form", {
    file: path,
    expected: "an output file that ends in .safetensors or .json",
    found: "another ending",
    remedy: "Rename it, or say --format safetensors, kv-cache-scales or lightllm.",
  });
}

function isTensors(form: ExtractForm): boolean {
  return form === "safetensors";
}

function misleading(path: string, form: ExtractForm) {
  return usageRefusal("misleading-output-name", {
    file: path,
    expected: `a name that fits the ${form} form`,
    found: "an ending that says otherwise, by which readers would go",
    remedy: isTensors(form) ? "End the name in .safetensors." : "End the name in .json.",
  });
}

/** The refusal of losses in a file of scales under `--strict`. */
export function lossy(losses: readonly Loss[]) {
  return verdictRefusal("lossy", {
    expected: "nothing to be lost, as --strict asks",
    found: `${losses.length} losses, first ${losses[0]!.code}: ${losses[0]!.detail}`,
    remedy: "Leave out --strict to accept them.",
  });
}
