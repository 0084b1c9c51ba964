import type { DialectId } from "../config/declaration.js";
import type { Role } from "../scales/site.js";

/** Consumers of KV scales, one row of the engine table each; "-legacy" rows speak of older versions. */
export type EngineId =
  | "tgi"
  | "tgi-2028"
  | "vllm"
  | "vllm-legacy"
  | "sglang"
  | "sglang-legacy"
  | "tensorrt-llm"
  | "transformers"
  | "lightllm"
  | "ksanallm"
  | "mistralrs"
  | "lorax"
  | "llama.cpp";

/** "verified": read in the engine's source. "derived": concluded from it. "reported": from an issue. */
export type Certainty = "verified" | "derived" | "reported";

/** What a merge or conversion for an engine writes, besides `kv_cache_torch_dtype`. */
export interface Emission {
  /** Id of the spelling of the tensors; absent for an engine that reads scales from no tensor. */
  readonly spelling?: string;
  /** Shape of a per-tensor scale; the dtype is F32 always. */
  readonly shape: readonly [] | readonly [1];
  readonly dialects: readonly DialectId[];
  /** A sidecar, instead of tensors or beside them, and its path within the checkpoint. */
  readonly sidecar?: "kv-cache-scales" | "lightllm";
  readonly sidecarPath?: string;
  /** True for an engine that is told which FP8 base the scales have; all others want e4m3fn. */
  readonly keepsBase?: true;
  /** True for a tool that refuses checkpoints with scales: they must be taken out. */
  readonly strip?: true;
}

/**
 * Which safetensors files an engine opens. "indexed": those that the index names, or all without one.
 * "top-level": all of the folder except names with args, arguments or training. "single-first":
 * `model.safetensors` alone where it exists. "none": no scale is read from tensors.
 */
export type FileRule = "indexed" | "top-level" | "single-first" | "none";

/** A statement about an engine and where it comes from. */
export interface Limit {
  readonly text: string;
  readonly certainty: Certainty;
  readonly source: string;
}

/** One consumer of KV scales, as data: what it accepts, what to write for it, how to start it. */
export interface Engine {
  readonly id: EngineId;
  readonly title: string;
  /** The versions that the row speaks of, for people. */
  readonly versions: string;
  /** Ids of the spellings and sidecars it turns into scales in its main path, the preferred one first. */
  readonly accepts: readonly string[];
  readonly emit: Emission;
  /** One scale per KV head is possible, with the right declaration. */
  readonly perHead: boolean;
  /** Roles that survive loading. */
  readonly roles: readonly Role[];
  readonly files: FileRule;
  /** What it does with an e5m2 cache, and with scales on GPUs whose FP8 is e4m3fnuz (MI300). */
  readonly e5m2: string;
  readonly fnuz: string;
  /** Dialects in which the config alone switches its FP8 cache on; none for an engine that wants a flag. */
  readonly switchedOnBy: readonly DialectId[];
  /** Its cache where it finds no scales: an FP8 one at scale 1.0 (when asked for), or only a 16-bit one. */
  readonly without: "unit" | "16-bit";
  /** Command that switches the FP8 cache on; `DIR` stands for the checkpoint. */
  readonly launch?: string;
  readonly limits: readonly Limit[];
  /** `path@commit`, pull request or issue. */
  readonly sources: readonly string[];
}
