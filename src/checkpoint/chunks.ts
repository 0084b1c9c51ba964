import { dataRefusal } from "../errors.js";
import type { Piece } from "../plan/plan.js";
import { shownPath } from "./relative-path.js";
import type { ByteRange, CheckpointSource } from "./source.js";

/**
 * The bytes of all pieces in order, at most 1 MiB at a time. Small neighbouring pieces of one file are read in one
 * call. Throws a data Refusal when the source gives fewer bytes than asked.
 */
export async function* chunksOf(
  source: CheckpointSource,
  pieces: readonly Piece[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const batch of batches(pieces)) {
    signal.throwIfAborted();
    yield* await readBatch(source, batch, signal);
  }
}

/** How many bytes a piece stands for. */
export function pieceLength(piece: Piece): number {
  return "bytes" in piece ? piece.bytes.length : piece.range[1] - piece.range[0];
}

/**
 * Large enough that the disk is the limit, small enough that an interrupt is felt and memory stays flat. Fresh
 * buffers of 4 MiB copied a file at a third of the speed of 1 MiB: each costs a thousand page faults.
 */
const CHUNK = 1024 * 1024;

/** Pieces that are read together: ranges of one file, and literal bytes between them. */
interface Batch {
  readonly from: string | undefined;
  readonly pieces: readonly Piece[];
}

function* batches(pieces: readonly Piece[]): Generator<Batch> {
  let held: Piece[] = [];
  let size = 0;
  let from: string | undefined;
  for (const piece of slices(pieces)) {
    const other = "from" in piece && from !== undefined && piece.from !== from;
    if (held.length > 0 && (other || size + pieceLength(piece) > CHUNK)) {
      yield { from, pieces: held };
      [held, size, from] = [[], 0, undefined];
    }
    if ("from" in piece) from = piece.from;
    held.push(piece);
    size += pieceLength(piece);
  }
  if (held.length > 0) yield { from, pieces: held };
}

function* slices(pieces: readonly Piece[]): Generator<Piece> {
  for (const piece of pieces) {
    if ("bytes" in piece) yield piece;
    else for (const range of cut(piece.range)) yield { from: piece.from, range };
  }
}

function* cut([begin, end]: ByteRange): Generator<ByteRange> {
  for (let at = begin; at < end; at += CHUNK) yield [at, Math.min(end, at + CHUNK)];
}

async function readBatch(source: CheckpointSource, batch: Batch, signal: AbortSignal): Promise<Uint8Array[]> {
  const ranges = batch.pieces.flatMap((piece) => ("range" in piece ? [piece.range] : []));
  const read = batch.from === undefined ? [] : [...(await source.read(batch.from, ranges, signal))];
  return batch.pieces.map((piece) => {
    const bytes = "bytes" in piece ? piece.bytes : read.shift();
    if (bytes?.length === pieceLength(piece)) return bytes;
    throw shortRead(source, piece, bytes?.length ?? 0);
  });
}

function shortRead(source: CheckpointSource, piece: Piece, found: number) {
  const path = "from" in piece ? piece.from : "";
  const expected = `${pieceLength(piece)} bytes where they were asked for`;
  return dataRefusal("short-read", { file: shownPath(source.label, path), expected, found: String(found) });
}
