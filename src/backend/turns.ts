import { setImmediate } from "node:timers/promises";
import type { Steps } from "../attention/steps.js";

/** Longest time that a computation holds the event loop: a key press is still answered at once. */
const TURN_MS = 25;

/** Runs a computation to its end, letting the event loop breathe. Throws the signal's reason soon after it is raised. */
export async function takeTurns<Result>(steps: Steps<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let end = performance.now() + TURN_MS;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < end) continue;
    await setImmediate();
    signal.throwIfAborted();
    end = performance.now() + TURN_MS;
  }
}
