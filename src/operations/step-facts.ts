import type { Step } from "../plan/plan.js";

/** One step of a plan as data: what happens to which file, how many bytes, and why. */
export interface StepFacts {
  readonly step: Step["step"];
  /** Path in the output; for "delete", in the source. */
  readonly path: string;
  /** Path in the source, where the file gets another name. */
  readonly from: string | null;
  readonly bytes: number;
  readonly why: string | null;
}

/** A step without its contents. */
export function stepFacts(step: Step): StepFacts {
  switch (step.step) {
    case "keep":
      return {
        ...NOTHING,
        step: "keep",
        path: step.as,
        from: step.as === step.path ? null : step.path,
        bytes: step.size,
      };
    case "write":
      return { ...NOTHING, step: "write", path: step.path, bytes: step.bytes.length, why: step.why };
    case "stream":
      return { ...NOTHING, step: "stream", path: step.path, bytes: step.size, why: step.why };
    case "delete":
      return { ...NOTHING, step: "delete", path: step.path, why: step.why };
  }
}

const NOTHING = { from: null, bytes: 0, why: null };
