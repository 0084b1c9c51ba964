import type { PushFacts } from "../checkpoint/hub/push-target.js";
import { readInventory } from "../checkpoint/read-inventory.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import { dataRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import type { Plan, Step } from "../plan/plan.js";
import { type Deps, localDeps } from "./deps.js";
import { withoutHidden } from "./hidden-files.js";
import { type InspectReport, inspectInventory } from "./inspect.js";
import { originText, type Pushing, publish } from "./publish.js";

/** What `push` is asked. */
export interface PushInput {
  /** The checkpoint: a directory, usually. */
  readonly ref: string;
  readonly pushing: Pushing;
}

/** What `push` tells. */
export interface PushReport {
  readonly push: PushFacts;
  /** False under a dry run, and where nothing differed. */
  readonly written: boolean;
  /** The checkpoint as `inspect` will see it there. */
  readonly result: InspectReport;
  /** Hidden files of the directory, which are not sent: they may hold secrets. */
  readonly leftOut: readonly string[];
}

/**
 * Makes a repository of the Hub hold a checkpoint: one commit of what differs. The checkpoint is read strictly
 * first, so that a broken one is refused here instead of by whoever downloads it.
 */
export async function push({ ref, pushing }: PushInput, io: Io, deps: Deps = localDeps): Promise<PushReport> {
  const source = await deps.open(ref, io);
  const inventory = await readInventory(source, io);
  refuseNoCheckpoint(inventory);
  const result = inspectInventory({ ...inventory, label: pushing.target.repository }, {});
  const plan = withoutHidden(await everything(source, io), source);
  const leftOut = plan.steps.flatMap((step) => (step.step === "delete" ? [step.path] : []));
  const origins = source.origin === undefined ? [] : [originText(source)];
  const facts = await publish({ plan, source, pushing, about: { result, origins } }, io, deps);
  return { push: facts, written: facts.commit !== null, result, leftOut };
}

/** A folder that was misspelt, or a home folder, holds what nobody meant to publish. */
function refuseNoCheckpoint({ label, config, shards, sidecars }: Inventory): void {
  if (config !== undefined || shards.length > 0 || sidecars.length > 0) return;
  throw dataRefusal("no-checkpoint-here", {
    file: label,
    expected: "a checkpoint: config.json, tensors or a JSON sidecar of scales",
    found: "none of these",
    remedy: "Name the checkpoint's directory.",
  });
}

async function everything(source: CheckpointSource, { signal }: Io): Promise<Plan> {
  const files = await source.list(signal);
  const steps = files.map(({ path, size }): Step => ({ step: "keep", path, as: path, size }));
  return { steps, losses: [], warnings: [] };
}
