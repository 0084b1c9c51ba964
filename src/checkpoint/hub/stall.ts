import { setMaxListeners } from "node:events";

/** Thrown in place of a body or an answer that did not come. */
export class Stalled extends Error {
  constructor(readonly milliseconds: number) {
    super(`no byte within ${milliseconds} ms`);
    this.name = "Stalled";
  }
}

/** A signal that aborts with `outer`, and by itself when nothing is heard for a while. */
export interface StallWatch {
  readonly signal: AbortSignal;
  /** Something was heard, or is awaited again. */
  touch(): void;
  /** Nothing is awaited until the next touch: what was heard is being worked on. */
  pause(): void;
  /** What is still on its way is not wanted any more. */
  drop(): void;
  /** Nothing more is awaited. */
  end(): void;
}

/** Watches from now on. The caller ends it, or a timer and a listener stay behind. */
export function watchForStall(outer: AbortSignal, milliseconds: number): StallWatch {
  const controller = new AbortController();
  let awaited = true;
  const stall = setTimeout(() => {
    if (awaited) controller.abort(new Stalled(milliseconds));
  }, milliseconds);
  const stop = () => controller.abort(outer.reason);
  // One listener for each request on its way is no leak; Node would warn of it on the user's terminal.
  setMaxListeners(0, outer);
  if (outer.aborted) stop();
  outer.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    touch: () => {
      awaited = true;
      stall.refresh();
    },
    pause: () => {
      awaited = false;
    },
    drop: () => controller.abort(),
    end: () => {
      clearTimeout(stall);
      outer.removeEventListener("abort", stop);
    },
  };
}
