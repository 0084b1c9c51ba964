import { readInventory } from "../checkpoint/read-inventory.js";
import { undeclare } from "../config/declare.js";
import type { ConfigDocuments } from "../config/documents.js";
import type { EngineId } from "../engines/engine.js";
import { dataRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import { planConvert } from "../plan/convert.js";
import { emit } from "../plan/emission.js";
import { type Deps, localDeps } from "./deps.js";
import { emissionFor, sidecarFor } from "./emission.js";
import { sourceLosses } from "./source-losses.js";
import { refuseUnusable } from "./usable.js";
import { type WriteReport, type Writing, write } from "./write.js";

/** What `convert` is asked. */
export interface ConvertInput {
  readonly ref: string;
  readonly engine: EngineId;
  /** Tensor-parallel ranks that a JSON sidecar is written for. */
  readonly ranks?: number;
  readonly writing: Writing;
}

/** The same scales within one checkpoint, spelled and declared for another engine. */
export async function convert(input: ConvertInput, io: Io, deps: Deps = localDeps): Promise<WriteReport> {
  const source = await deps.open(input.ref, io);
  const inventory = await readInventory(source, io);
  refuseUnusable(inventory);
  if (inventory.config === undefined) throw withoutConfig(input, inventory.files.length === 1);
  const { table, weights } = inventory;
  const emitted = emit(table, emissionFor(table, input.engine, weights), redeclarable(inventory));
  const sidecar = sidecarFor(table, input.engine, inventory, input.ranks ?? 1);
  const plan = planConvert(inventory, emitted, sidecar.texts);
  const losses = [...sourceLosses(inventory), ...plan.losses, ...sidecar.losses];
  const { writing, engine } = input;
  return write({ plan: { ...plan, losses }, source, others: [], writing, engine }, io, deps);
}

/** Configs without a declaration to take over from; that of quantised weights stays where it is. */
function redeclarable(inventory: Inventory): ConfigDocuments {
  const documents = documentsOf(inventory);
  const { method, kvOnly } = inventory.weights;
  return method === "none" || kvOnly ? undeclare(documents) : documents;
}

function withoutConfig({ ref, engine }: ConvertInput, alone: boolean) {
  const remedy = alone
    ? `To respell a file of scales, use \`kvscale extract ${ref} -o NEW --engine ${engine}\`.`
    : `Put the model's config.json beside its tensors, or merge into a checkpoint that has one: \`kvscale merge BASE --from ${ref} --engine ${engine} -o OUT\`.`;
  return dataRefusal("config-missing", {
    file: ref,
    expected: "a checkpoint directory with config.json, in which the cache is declared",
    found: alone ? "a single file" : "a directory without it",
    remedy,
  });
}
