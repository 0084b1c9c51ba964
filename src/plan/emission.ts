import type { DialectId } from "../config/declaration.js";
import { declare } from "../config/declare.js";
import type { ConfigDocuments } from "../config/documents.js";
import { rescale } from "../scales/algebra.js";
import { type EncodedScale, encode } from "../scales/encode.js";
import type { CacheFormat, Loss, ScaleTable } from "../scales/table.js";

/** What an engine wants to find in a checkpoint; a row of the engine table says it. */
export interface Emission {
  /** Id of the spelling; absent when the engine reads no tensors, or when the source's own is followed. */
  readonly spelling?: string;
  readonly shape: readonly [] | readonly [1];
  readonly perHead: boolean;
  readonly dialects: readonly DialectId[];
  /** The FP8 format that the scales are to be based on; absent keeps the source's. */
  readonly format?: CacheFormat;
}

/** Scale tensors and config documents as an engine wants them, and what that cost. */
export interface Emitted {
  readonly tensors: readonly EncodedScale[];
  readonly documents: ConfigDocuments;
  readonly losses: readonly Loss[];
}

/**
 * A merge without an engine: the spelling follows the source, one `kv_scale` or a pair on the attention
 * module, F32 `[]`; the config gets `kv_cache_torch_dtype` and nothing else.
 */
export function emissionOfSource(table: ScaleTable): Emission {
  const fused = table.entries.every(({ role }) => role === "kv");
  return { spelling: fused ? "kv_scale" : "k_scale", shape: [], perHead: true, dialects: [] };
}

/** Spells the scales and declares the cache. `kv_cache_torch_dtype` is always among the declarations. */
export function emit(table: ScaleTable, emission: Emission, documents: ConfigDocuments): Emitted {
  const { tensors, format, losses } = spell(table, emission);
  const strategy = tensors.some(({ shape }) => shape.length === 3) ? "attn_head" : "tensor";
  const dialects: DialectId[] = ["kv_cache_torch_dtype", ...emission.dialects];
  const declared = dialects.reduce(
    (docs, dialect) => declare(dialect, docs, { format, strategy }),
    documents,
  );
  return { tensors, documents: declared, losses };
}

/** The tensors alone, based on the FP8 format that the emission asks for. */
export function spell(table: ScaleTable, { spelling, shape, perHead, format }: Emission) {
  const based = rescale(table, format ?? table.format);
  if (spelling === undefined) return { tensors: [], format: based.table.format, losses: based.losses };
  const { tensors, losses } = encode(based.table, spelling, {
    shape: shape.length === 0 ? "[]" : "[1]",
    perHead,
  });
  return { tensors, format: based.table.format, losses: [...based.losses, ...losses] };
}
