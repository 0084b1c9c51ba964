import type { Io } from "../events.js";
import type { Piece, Plan } from "../plan/plan.js";
import type { CheckpointSource } from "./source.js";

/**
 * The "write" seam: where a checkpoint is written. Nothing is visible at the target before `commit`;
 * after `abort` nothing is left of it.
 */
export interface CheckpointSink {
  readonly label: string;
  /** Before the first step: refuses what can be seen to fail, such as too little space, and makes ready. */
  begin(plan: Plan, source: CheckpointSource, io: Io): Promise<void>;
  /** The source's file under a new name, its bytes untouched: linked, cloned or copied. */
  keep(source: CheckpointSource, path: string, as: string, size: number, io: Io): Promise<void>;
  write(path: string, bytes: Uint8Array, io: Io): Promise<void>;
  /** Puts a file together, piece by piece; a total other than `size` bytes is refused. */
  stream(
    source: CheckpointSource,
    path: string,
    pieces: readonly Piece[],
    size: number,
    io: Io,
  ): Promise<void>;
  /** Makes everything visible at once, durably; re-reads what was written with the strict reader first. */
  commit(io: Io): Promise<void>;
  /** Removes whatever was begun. Safe to call twice, and after a failed `commit`. */
  abort(): Promise<void>;
}
