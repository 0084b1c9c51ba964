import type { EngineId } from "./engine.js";

/** GPUs that differ in what FP8 means: "rocm-fnuz" is gfx94x (MI300), "rocm-ocp" is gfx950 and later. */
export type Platform = "cuda" | "rocm-fnuz" | "rocm-ocp" | "cpu";

/**
 * "loads": every attention layer runs on its stored scales. "partial": it starts, but some layers run on
 * other values. "refuses": it does not start. "ignores": it starts, the scales are not used, and
 * there is no FP8 cache unless it is asked for. "unit": the config switches its FP8 cache on, at scale 1.0.
 */
export type Verdict = "loads" | "partial" | "ignores" | "refuses" | "unit";

/** The scales that one attention layer really runs with; several numbers are one per KV head. */
export interface Effective {
  readonly site: string;
  readonly k?: number | readonly number[];
  readonly v?: number | readonly number[];
  readonly note?: string;
}

/** Tensors or files that an engine does not turn into scales, and why. */
export interface Unread {
  readonly names: readonly string[];
  readonly reason: string;
}

/** What one engine will do with one checkpoint. */
export interface Readiness {
  readonly engine: EngineId;
  readonly verdict: Verdict;
  /** One sentence for people. */
  readonly reason: string;
  /** Empty where the engine does not start, or has no FP8 cache without scales. */
  readonly effective: readonly Effective[];
  readonly unread: readonly Unread[];
  /** Full command line that serves with an FP8 cache; undefined where there is no use in it. */
  readonly launch: string | undefined;
  /** Commands of kvscale that help. */
  readonly remedies: readonly string[];
  readonly sources: readonly string[];
}
