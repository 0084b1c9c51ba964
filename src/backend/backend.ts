import type { Attention, CacheType, CacheWrite, Problem } from "../attention/problem.js";
import type { Arithmetic } from "../attention/tolerance.js";
import type { Gate, Linear, LogitSlice, RmsNorm, Rotate } from "../model/ops.js";

/** Where the kernel runs: in TypeScript, in C++ on the CPU, or on a GPU. */
export type BackendName = "reference" | "cpu" | "cuda";

/** What a user may ask for; only "auto" leaves the choice to us. */
export const BACKEND_CHOICES = ["auto", "cpu", "reference", "cuda"] as const;

/** One of `BACKEND_CHOICES`. */
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** What a backend is on this machine; for `doctor` and for reports. */
export interface BackendDescription {
  readonly name: BackendName;
  /** The instruction set that calls run on; absent where there is no choice. */
  readonly instructionSet?: string;
  /** Those of the build, weakest first, and why one cannot run here. */
  readonly instructionSets: readonly { readonly name: string; readonly unavailable?: string }[];
  readonly threads: number;
  /** The file it was loaded from. */
  readonly file?: string;
}

/** The "compute" seam: attention over a paged cache, and the writer of that cache. */
export interface Backend {
  readonly name: BackendName;
  describe(): BackendDescription;
  /** How a cache of that type is multiplied, and so which tolerance the result is held to. */
  arithmetic(type: CacheType): Arithmetic;
  /**
   * Results do not depend on the number of threads. Throws a data Refusal for an impossible problem, and
   * the signal's reason soon after it is raised. Buffers must stay unchanged until the promise settles.
   */
  attend(problem: Problem, signal: AbortSignal): Promise<Attention<Float32Array>>;
  /** Quantises and scatters into the cache's own bytes. The codes are the same on every backend. Throws like `attend`. */
  writeCache(write: CacheWrite, signal: AbortSignal): Promise<void>;
  /** What a decoder layer needs besides attention. */
  readonly compute: Compute;
}

/**
 * The operations of a decoder layer, each writing where its task says. All throw a data Refusal for shapes that do
 * not fit together, and the signal's reason soon after it is raised; results do not depend on the number of threads.
 * Buffers must stay unchanged until the promise settles, but for what the task writes.
 */
export interface Compute {
  linear(task: Linear, signal: AbortSignal): Promise<void>;
  rmsNorm(task: RmsNorm, signal: AbortSignal): Promise<void>;
  rotate(task: Rotate, signal: AbortSignal): Promise<void>;
  gate(task: Gate, signal: AbortSignal): Promise<void>;
  /** Takes some columns of the logits up into `task.sums`, in the order of their ids. */
  takeLogits(task: LogitSlice, signal: AbortSignal): Promise<void>;
}
