import { apply } from "../checkpoint/apply.js";
import type { PushFacts } from "../checkpoint/hub/push-target.js";
import { plannedSource } from "../checkpoint/planned.js";
import { readInventory } from "../checkpoint/read-inventory.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { EngineId } from "../engines/engine.js";
import type { Readiness } from "../engines/verdict.js";
import { verdictRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Plan } from "../plan/plan.js";
import type { Loss } from "../scales/table.js";
import type { Deps, Target } from "./deps.js";
import { withoutHidden } from "./hidden-files.js";
import { type InspectReport, inspectInventory } from "./inspect.js";
import { type NetworkFacts, networkFacts } from "./network.js";
import { originText, type Pushing, publish } from "./publish.js";
import { type StepFacts, stepFacts } from "./step-facts.js";

/** How every command that writes a checkpoint is asked to do so. */
export interface Writing extends Target {
  readonly dryRun: boolean;
  /** Losses are refused. */
  readonly strict: boolean;
  /** A repository of the Hub instead of a directory; `path` is its name then. */
  readonly push?: Pushing;
}

/** What every command that writes a checkpoint tells. */
export interface WriteReport {
  readonly target: string;
  /** False under `dryRun`, and where the repository has all of it. */
  readonly written: boolean;
  readonly steps: readonly StepFacts[];
  readonly losses: readonly Loss[];
  /** The result as `inspect` sees it, whether written or only planned. */
  readonly result: InspectReport;
  /** What became of it on the Hub; null for a directory. */
  readonly push: PushFacts | null;
  /** What was asked of the Hub, and what is fetched to write; null where all is on this machine. */
  readonly network: NetworkFacts | null;
}

/** A plan, where it reads, what else it must not overwrite, and whom the result is for. */
export interface Job {
  readonly plan: Plan;
  readonly source: CheckpointSource;
  /** Other places that were read, which the output must not touch. */
  readonly others: readonly CheckpointSource[];
  readonly writing: Writing;
  readonly engine: EngineId | undefined;
}

/**
 * Carries out a plan, after looking at its result as if it were there: the plan is judged by the same
 * reader, findings and engine rules as any checkpoint. Nothing is written under `dryRun`.
 */
export async function write(asked: Job, io: Io, deps: Deps): Promise<WriteReport> {
  const { source, writing, engine } = asked;
  const plan = writing.push === undefined ? asked.plan : withoutHidden(asked.plan, source);
  const job = { ...asked, plan };
  if (writing.strict && plan.losses.length > 0) throw lossy(plan.losses);
  const planned = await readInventory(plannedSource(plan, source, writing.path), silent(io));
  const result = withoutOwnAdvice(inspectInventory(planned, engine === undefined ? {} : { engine }), engine);
  const ready = result.readiness[0];
  if (engine !== undefined && ready !== undefined && ready.verdict !== "loads") {
    if (writing.strict) throw notReady(engine, ready);
    io.emit({
      type: "warning",
      code: "engine-not-ready",
      message: `${engine} will not use these scales: ${ready.reason}`,
    });
  }
  for (const message of plan.warnings) io.emit({ type: "warning", code: "plan", message });
  const network = await networkFacts(plan, source, job.others, writing);
  const push = await carryOut(job, result, io, deps);
  return {
    target: writing.path,
    written: !writing.dryRun && (push === null || push.commit !== null),
    steps: plan.steps.map(stepFacts),
    losses: plan.losses,
    result,
    push,
    network,
  };
}

async function carryOut(job: Job, result: InspectReport, io: Io, deps: Deps): Promise<PushFacts | null> {
  const { plan, source, others, writing } = job;
  if (writing.push !== undefined) {
    const origins = [source, ...others].map(originText);
    return publish({ plan, source, pushing: writing.push, about: { result, origins } }, io, deps);
  }
  if (!writing.dryRun) await apply(plan, source, await deps.sink(writing, [source, ...others], io), io);
  return null;
}

/** The result's own reading is no news to a person who watches the writing. */
function silent(io: Io): Io {
  return { signal: io.signal, emit: () => {} };
}

/** What has just been done for an engine is no advice for the result. */
function withoutOwnAdvice(result: InspectReport, engine: EngineId | undefined): InspectReport {
  if (engine === undefined) return result;
  const readiness = result.readiness.map((ready) => ({
    ...ready,
    remedies: ready.remedies.filter((remedy) => !remedy.includes(`--engine ${engine} `)),
  }));
  return { ...result, readiness };
}

function notReady(engine: EngineId, { reason, remedies }: Readiness) {
  return verdictRefusal("engine-not-ready", {
    expected: `a result whose scales ${engine} uses, as --strict asks`,
    found: reason.replace(/\.$/, ""),
    ...(remedies[0] === undefined ? {} : { remedy: remedies[0] }),
  });
}

function lossy(losses: readonly Loss[]) {
  const [first] = losses;
  return verdictRefusal("lossy", {
    expected: "nothing to be lost, as --strict asks",
    found: `${losses.length} losses, first ${first!.code}: ${first!.detail}`,
    remedy: "Leave out --strict to accept them, or choose an engine that can say these scales.",
  });
}
