import type { Loss } from "../scales/table.js";

/** A piece of a streamed file: literal bytes, or a byte range [begin, end) of the source's file `from`. */
export type Piece =
  | { readonly bytes: Uint8Array }
  | { readonly from: string; readonly range: readonly [begin: number, end: number] };

/** One thing to do to produce the output directory. Paths are relative, with `/`, and already checked. */
export type Step =
  /** The source's `path` appears unchanged in the output, as `as`. */
  | { readonly step: "keep"; readonly path: string; readonly as: string; readonly size: number }
  /** A new small file. */
  | { readonly step: "write"; readonly path: string; readonly bytes: Uint8Array; readonly why: string }
  /** `path` is put together from new bytes and byte ranges of the source's files, `size` bytes in all. */
  | {
      readonly step: "stream";
      readonly path: string;
      readonly pieces: readonly Piece[];
      readonly size: number;
      readonly why: string;
    }
  /** The source's `path` is left out of the output. */
  | { readonly step: "delete"; readonly path: string; readonly why: string };

/** The pure list of steps a command will take; `--dry-run` prints it. Paths are unique in the output. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly losses: readonly Loss[];
  /** What the reader should know before it happens, one sentence each. */
  readonly warnings: readonly string[];
}
