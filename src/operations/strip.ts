import { readInventory } from "../checkpoint/read-inventory.js";
import { undeclare } from "../config/declare.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import type { Plan } from "../plan/plan.js";
import { planStrip } from "../plan/strip.js";
import { type Deps, localDeps } from "./deps.js";
import { type WriteReport, type Writing, write } from "./write.js";

/** What `strip` is asked. */
export interface StripInput {
  readonly ref: string;
  readonly writing: Writing;
}

/** Takes scales and the config keys that declare them out of a checkpoint; weights stay as they are. */
export async function strip(input: StripInput, io: Io, deps: Deps = localDeps): Promise<WriteReport> {
  const source = await deps.open(input.ref, io);
  const inventory = await readInventory(source, io);
  const plan = planStrip(inventory, undeclare(documentsOf(inventory)));
  io.emit({ type: "note", message: removalOf(inventory, plan) });
  return write({ plan, source, others: [], writing: input.writing, engine: undefined }, io, deps);
}

function removalOf({ evidence, declarations, sidecars }: Inventory, { steps }: Plan): string {
  // What is left may declare that the cache is not quantised.
  if (steps.every(({ step }) => step === "keep"))
    return "nothing to strip: no scales, and no declaration of a quantised cache";
  const tensors = evidence.filter(
    ({ reading }) => reading.as === "scale" || reading.as === "companion",
  ).length;
  const files = counted(sidecars.length, "JSON file");
  return `stripping ${counted(tensors, "tensor")}, ${files} and ${counted(declarations.length, "declaration")}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
