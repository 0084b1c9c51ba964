import type { AddonOperations } from "./addon-operations.js";
import type { AddonCancelFlag, AddonFormat } from "./addon-words.js";

/**
 * The surface of a native addon (`native/binding.cc`), as types alone. Shapes, strides and positions mean what
 * `native/contract.h` says. Typed arrays must not be shared or resizable, and must stay unchanged while a call runs.
 */
export interface Addon extends AddonOperations {
  /** What this build and this machine can do. Synchronous and cheap. */
  info(): AddonInfo;
  /** Fills `out` (and `lse`). Rejects with an Error whose `code` is "refused" or "cancelled"; TypeError is thrown at once. */
  attend(problem: AddonProblem, flag?: AddonCancelFlag): Promise<void>;
  /** Quantises `keys` and `values` into the pages of `key.data` and `value.data`. Rejects like `attend`. */
  writeCache(problem: AddonWriteProblem, flag?: AddonCancelFlag): Promise<void>;
  /** Fills `floats` from `codes`, or `codes` from `floats` when a writer is given. Synchronous; throws like `attend` rejects. */
  convert(conversion: AddonDecoding | AddonEncoding): void;
  /** A flag for one or more calls; raising it makes them reject with code "cancelled" soon. */
  readonly CancelFlag: new () => AddonCancelFlag;
}

/** What a build and this machine can do. */
export interface AddonInfo {
  readonly backend: "cpu" | "cuda";
  /** Why no call can succeed (for one, KVSCALE_ISA names something that this machine lacks), or null. */
  readonly unavailable: string | null;
  /** Threads that the machine runs at once: what `threads: 0` uses. */
  readonly threads: number;
  /** Weakest first. */
  readonly isas: readonly AddonIsa[];
}

/** One instruction set of the build, and why it cannot run here, or null. */
export interface AddonIsa {
  /** The spelling of KVSCALE_ISA: "scalar", "avx2", "avx512", "avx512vbmi_bf16", "neon". */
  readonly name: string;
  readonly unavailable: string | null;
  /** Unless `precise`, query and softmax weights are rounded to BF16 (FP8 and BF16 caches). */
  readonly bf16Dot: boolean;
  /** What runs when a call names no instruction set. */
  readonly chosen: boolean;
}

/** Cache writers by number. */
export const ADDON_WRITER = { cuda: 0, "vllm-cpu": 1 } as const;
/** The number of a cache writer. */
export type AddonWriter = (typeof ADDON_WRITER)[keyof typeof ADDON_WRITER];

/** One pool of pages: element (block, slot, head, feature) at the sum of index times stride, in elements. */
export interface AddonPool {
  /** Elements as wide as the format's: Uint8Array for FP8, Uint16Array for 16 bit, Float32Array for f32. */
  readonly data: Uint8Array | Uint16Array | Float32Array;
  readonly blockStride: number;
  readonly slotStride: number;
  readonly headStride: number;
  readonly headSize: number;
}

interface Pages {
  readonly format: AddonFormat;
  readonly kvHeads: number;
  readonly blockSize: number;
  readonly blocks: number;
  readonly key: AddonPool;
  readonly value: AddonPool;
  /** One multiplier, or one per KV head: `x = code * scale`. */
  readonly kScale: Float32Array;
  readonly vScale: Float32Array;
  /** 0: as many as the machine runs at once. The result never depends on it. */
  readonly threads: number;
  /** An instruction set by name; absent: KVSCALE_ISA, else the best. */
  readonly isa?: string;
}

/** One call of paged attention. */
export interface AddonProblem extends Pages {
  /** Query heads, a multiple of `kvHeads`. */
  readonly heads: number;
  readonly sequences: number;
  /** Columns of `blockTables`. */
  readonly maxBlocks: number;
  /** [sequences, maxBlocks] */
  readonly blockTables: Int32Array;
  /** [sequences] keys of each sequence; its queries sit at the last positions. */
  readonly seqLens: Int32Array;
  /** [sequences + 1] first query token of each sequence; absent: one query each (decode). */
  readonly queryStarts?: Int32Array;
  /** [tokens, heads, key.headSize] */
  readonly query: Float32Array;
  readonly softmaxScale: number;
  /** Keys visible to a query, itself included; 0: all. */
  readonly window: number;
  /** 0: off. Applied before ALiBi. */
  readonly softcap: number;
  /** [heads] slopes. */
  readonly alibi?: Float32Array;
  /** [heads] logits without a value. */
  readonly sinks?: Float32Array;
  /** Written: [tokens, heads, value.headSize]. */
  readonly out: Float32Array;
  /** Written: [tokens, heads], natural log of the softmax denominator; -Infinity where nothing is visible. */
  readonly lse?: Float32Array;
  /** Float32 products even where a BF16-dot path exists. */
  readonly precise: boolean;
}

/** One call of the cache writer. */
export interface AddonWriteProblem extends Pages {
  /** "vllm-cpu" knows e4m3fn and e5m2 only. */
  readonly writer: AddonWriter;
  readonly tokens: number;
  /** [tokens, kvHeads, key.headSize] */
  readonly keys: Float32Array;
  /** [tokens, kvHeads, value.headSize] */
  readonly values: Float32Array;
  /** [tokens] block * blockSize + slot; -1: skipped. The last of equal slots wins. */
  readonly slotMapping: BigInt64Array;
}

/** Codes of an 8-bit format to float32, for exhaustive tests. */
export interface AddonDecoding {
  readonly format: AddonFormat;
  readonly codes: Uint8Array | Uint16Array | Float32Array;
  /** At least as many as `codes`. */
  readonly floats: Float32Array;
  readonly isa?: string;
}

/** Float32 to codes by a writer. */
export interface AddonEncoding extends AddonDecoding {
  readonly writer: AddonWriter;
  /** Positive and finite: `code = encode(float / scale)`. */
  readonly scale: number;
}
