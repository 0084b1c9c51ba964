import { checkGate, checkLinear, checkLogits, checkRmsNorm, checkRotate } from "../model/check.js";
import { gate, normalise, turn } from "../model/reference/elementwise.js";
import { multiply } from "../model/reference/linear.js";
import { takeUp } from "../model/reference/logits.js";
import type { Compute } from "./backend.js";
import { takeTurns } from "./turns.js";

/** The operations of a decoder layer in TypeScript, with float64 sums, on one thread. */
export const referenceCompute: Compute = {
  linear: checked(checkLinear, multiply),
  rmsNorm: checked(checkRmsNorm, normalise),
  rotate: checked(checkRotate, turn),
  gate: checked(checkGate, gate),
  takeLogits: checked(checkLogits, takeUp),
};

function checked<Task>(check: (task: Task) => void, run: (task: Task) => Generator<void, void, void>) {
  return async (task: Task, signal: AbortSignal): Promise<void> => {
    check(task);
    await takeTurns(run(task), signal);
  };
}
