import { dataRefusal } from "../errors.js";
import type { Piece, Plan, Step } from "../plan/plan.js";
import { checkRanges } from "./disk/byte-ranges.js";
import { checkRelativePath, shownPath } from "./relative-path.js";
import type { ByteRange, CheckpointSource } from "./source.js";

/**
 * A plan seen as the checkpoint it would produce: kept files are read from the source, new ones from the
 * plan. Lets `--dry-run` inspect a result that does not exist, and every writer judge it before writing.
 */
export function plannedSource(plan: Plan, source: CheckpointSource, label: string): CheckpointSource {
  const files = new Map(plan.steps.flatMap((step) => outputOf(step)));
  return {
    label,
    list: async (signal) => {
      signal.throwIfAborted();
      const listed = [...files].map(([path, file]) => ({ path, size: file.size }));
      return listed.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    read: async (path, ranges, signal) => {
      signal.throwIfAborted();
      checkRelativePath(path, label);
      const { pieces, size } = files.get(path) ?? missing(label, path);
      checkRanges(ranges, size, shownPath(label, path));
      return Promise.all(ranges.map((range) => readRange(pieces, range, source, signal)));
    },
    locate: async () => undefined,
  };
}

interface Output {
  readonly size: number;
  readonly pieces: readonly Piece[];
}

function outputOf(step: Step): [string, Output][] {
  switch (step.step) {
    case "keep":
      return [[step.as, { size: step.size, pieces: [{ from: step.path, range: [0, step.size] }] }]];
    case "write":
      return [[step.path, { size: step.bytes.length, pieces: [{ bytes: step.bytes }] }]];
    case "stream":
      return [[step.path, { size: step.size, pieces: step.pieces }]];
    case "delete":
      return [];
  }
}

async function readRange(
  pieces: readonly Piece[],
  [begin, end]: ByteRange,
  source: CheckpointSource,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - begin);
  let at = 0;
  for (const piece of pieces) {
    const length = "bytes" in piece ? piece.bytes.length : piece.range[1] - piece.range[0];
    const from = Math.max(begin, at);
    const to = Math.min(end, at + length);
    if (from < to) bytes.set(await part(piece, from - at, to - at, source, signal), from - begin);
    at += length;
  }
  return bytes;
}

async function part(
  piece: Piece,
  begin: number,
  end: number,
  source: CheckpointSource,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if ("bytes" in piece) return piece.bytes.subarray(begin, end);
  const start = piece.range[0];
  const [bytes] = await source.read(piece.from, [[start + begin, start + end]], signal);
  return bytes!;
}

function missing(label: string, path: string): never {
  throw dataRefusal("file-missing", {
    file: path,
    expected: `a file of ${label}`,
    found: "none of that name",
  });
}
