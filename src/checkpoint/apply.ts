import type { Io } from "../events.js";
import type { Plan, Step } from "../plan/plan.js";
import type { CheckpointSink } from "./sink.js";
import type { CheckpointSource } from "./source.js";

/**
 * Carries out a plan: kept files first, then what is put together, then what is new, an index last of all. On any
 * failure, and when `io.signal` aborts, nothing is left of the output; the failure is thrown on.
 */
export async function apply(
  plan: Plan,
  source: CheckpointSource,
  sink: CheckpointSink,
  io: Io,
): Promise<void> {
  try {
    io.signal.throwIfAborted();
    io.emit({ type: "phase", name: `writing ${sink.label}`, total: plan.steps.length });
    await sink.begin(plan, source, io);
    for (const step of inOrder(plan.steps)) {
      io.signal.throwIfAborted();
      await take(step, source, sink, io);
    }
    io.emit({ type: "phase", name: `checking ${sink.label}` });
    await sink.commit(io);
  } catch (error) {
    await abandon(sink, io);
    throw error;
  }
}

/** Without its index a directory is not taken for a finished checkpoint, so the index comes last. */
function inOrder(steps: readonly Step[]): Step[] {
  return [...steps].sort((a, b) => turn(a) - turn(b));
}

function turn(step: Step): number {
  const isIndex = step.step === "write" && step.path.endsWith(".index.json");
  return isIndex ? TURNS.length : TURNS.indexOf(step.step);
}

const TURNS: readonly Step["step"][] = ["keep", "stream", "write", "delete"];

async function take(step: Step, source: CheckpointSource, sink: CheckpointSink, io: Io): Promise<void> {
  switch (step.step) {
    case "keep":
      return sink.keep(source, step.path, step.as, step.size, io);
    case "stream":
      return sink.stream(source, step.path, step.pieces, step.size, io);
    case "write":
      return sink.write(step.path, step.bytes, io);
    case "delete":
      return;
  }
}

/** What went wrong first is what the user must hear of; trouble while tidying is only a warning beside it. */
async function abandon(sink: CheckpointSink, io: Io): Promise<void> {
  try {
    await sink.abort();
  } catch (error) {
    const message = `could not remove the unfinished output: ${error instanceof Error ? error.message : String(error)}`;
    io.emit({ type: "warning", code: "unfinished-output-left", message });
  }
}
