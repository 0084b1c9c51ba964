/**
 * A computation that pauses after each of its steps, so that whoever runs it may stop or let others run.
 * It is deterministic: pausing changes nothing.
 */
export type Steps<Result> = Generator<void, Result, void>;

/** Runs to the end without a pause. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
