import { isHidden } from "../checkpoint/hidden-path.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { Plan, Step } from "../plan/plan.js";

/**
 * A plan for the Hub without the hidden files of a folder on this machine: a `.env` holds secrets more often than anything that
 * a reader of a model needs. What a repository of the Hub has is left as it is. The files left out stand in the plan.
 */
export function withoutHidden(plan: Plan, { origin }: CheckpointSource): Plan {
  if (origin !== undefined) return plan;
  const steps = plan.steps.map((step): Step => {
    if (step.step !== "keep" || !isHidden(step.path)) return step;
    return { step: "delete", path: step.path, why: "hidden files may hold secrets" };
  });
  return { ...plan, steps };
}
