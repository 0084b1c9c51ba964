import type { Dtype } from "../tensors/dtype.js";
import type { Dimension, TensorInfo } from "../tensors/header.js";
import { layout } from "../tensors/layout.js";
import type { Piece } from "./plan.js";

/** A tensor to be written, with its little-endian bytes. */
export interface NewTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** A tensor of a file being put together: where its bytes come from. */
export interface Part {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dimension[];
  readonly byteLength: number;
  readonly piece: Piece;
}

/** A safetensors file as pieces: its header, then the data of its tensors in the format's order. */
export interface Assembly {
  readonly pieces: readonly Piece[];
  readonly parts: readonly Part[];
  readonly size: number;
}

/** A tensor that the source's `file` already holds; its bytes are taken by range. */
export function heldPart(file: string, { name, dtype, shape, begin, end }: TensorInfo): Part {
  return { name, dtype, shape, byteLength: end - begin, piece: { from: file, range: [begin, end] } };
}

/** A tensor that joins. */
export function newPart({ name, dtype, shape, bytes }: NewTensor): Part {
  return { name, dtype, shape, byteLength: bytes.length, piece: { bytes } };
}

/**
 * Lays the tensors out as one safetensors file. Neighbouring ranges of one source file become one piece,
 * so a shard that loses a few tensors is still copied in long runs.
 */
export function assemble(parts: readonly Part[], metadata: ReadonlyMap<string, string>): Assembly {
  const { header, order, size } = layout(parts, metadata);
  return { pieces: [{ bytes: header }, ...joined(order.map((part) => part.piece))], parts: order, size };
}

function joined(pieces: readonly Piece[]): Piece[] {
  const runs: Piece[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    const longer = last && extended(last, piece);
    if (longer) runs[runs.length - 1] = longer;
    else runs.push(piece);
  }
  return runs;
}

function extended(last: Piece, next: Piece): Piece | undefined {
  if ("bytes" in last || "bytes" in next) return undefined;
  if (last.from !== next.from || last.range[1] !== next.range[0]) return undefined;
  return { from: last.from, range: [last.range[0], next.range[1]] };
}
