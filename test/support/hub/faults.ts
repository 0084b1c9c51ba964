/** What the fake Hub is asked to do, by endpoint. "object" is a read from the second origin, "upload" a write there. */
export type Operation =
  | "whoami"
  | "create"
  | "delete"
  | "info"
  | "tree"
  | "paths-info"
  | "preupload"
  | "batch"
  | "verify"
  | "commit"
  | "branch"
  | "duplicate"
  | "resolve"
  | "raw"
  | "object"
  | "upload"
  | "complete"
  | "unknown";

/** What goes wrong with one request. */
export type Trouble =
  /** Answered with a status before anything is done. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection breaks: before anything is done, when all is done but not answered, amid the answer's body. */
  | { readonly kind: "reset"; readonly when: "before" | "after" | "midway" }
  /** A whole file where a range was asked for. */
  | { readonly kind: "ignored-range" }
  | { readonly kind: "changed-etag" }
  | { readonly kind: "wrong-content-range" }
  /** Fewer bytes than the range has, in a body that ends well. */
  | { readonly kind: "short-body" }
  /** The body comes so many bytes at a time. */
  | { readonly kind: "drip"; readonly bytes: number; readonly everyMs: number }
  /** Half of the body comes, and then nothing, until the client gives up. */
  | { readonly kind: "stall" }
  /** Nothing is answered until released: before anything is done, or after all is done. */
  | { readonly kind: "hold"; readonly when: "before" | "after" };

/** Which requests a trouble befalls: `times` of them (default 1), after the first `skip`. */
export interface Fault {
  readonly on: Operation;
  readonly method?: string;
  readonly path?: RegExp;
  readonly skip?: number;
  readonly times?: number;
  readonly trouble: Trouble;
}

/** A fault in place. */
export interface PlacedFault {
  readonly fault: Fault;
  /** Requests it has befallen. */
  readonly met: number;
  /** Resolves when the first request meets it. */
  readonly reached: Promise<void>;
  /** Lets held requests go on. */
  release(): void;
  /** Resolves once `release` was called. */
  readonly released: Promise<void>;
}

/** The faults of a hub, in the order they were placed; the first that fits a request befalls it. */
export class Faults {
  readonly #placed: Armed[] = [];

  place(fault: Fault): PlacedFault {
    const armed = new Armed(fault);
    this.#placed.push(armed);
    return armed;
  }

  /** Lets everything that is held go on, and forgets all faults. */
  clear(): void {
    for (const armed of this.#placed.splice(0)) armed.release();
  }

  meet(operation: Operation, method: string, path: string): PlacedFault | undefined {
    return this.#placed.find((armed) => armed.meets(operation, method, path));
  }
}

class Armed implements PlacedFault {
  met = 0;
  readonly reached: Promise<void>;
  readonly released: Promise<void>;
  #seen = 0;
  #reach = () => {};
  release = () => {};

  constructor(readonly fault: Fault) {
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  meets(operation: Operation, method: string, path: string): boolean {
    const { on, method: wanted = method, path: pattern, skip = 0, times = 1 } = this.fault;
    if (operation !== on || method !== wanted || pattern?.test(path) === false) return false;
    const turn = this.#seen++;
    if (turn < skip || turn >= skip + times) return false;
    this.met++;
    this.#reach();
    return true;
  }
}
