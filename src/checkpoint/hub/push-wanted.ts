import { createHash } from "node:crypto";
import { dataRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { Piece, Step } from "../../plan/plan.js";
import { chunksOf } from "../chunks.js";
import { plannedSource } from "../planned.js";
import { checkRelativePath, shownPath } from "../relative-path.js";
import type { ByteRange, CheckpointSource, RemoteFile, RemotePlace } from "../source.js";
import { gitOid } from "./push-lines.js";

/** A file that a repository shall have. */
export interface Wanted {
  readonly path: string;
  readonly size: number;
  /** Where the Hub has it already, for files that are kept from there. */
  readonly held?: RemoteFile & { readonly place: RemotePlace };
  /** Bytes of weights that come over a network when it is read: none of what lies on this machine. */
  readonly fetched: number;
  read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
}

/** A step of a plan as a file to be had. Throws a data Refusal for a path that leaves its directory. */
export async function wantedOf(
  step: Exclude<Step, { step: "delete" }>,
  source: CheckpointSource,
  label: string,
): Promise<Wanted> {
  const path = step.step === "keep" ? step.as : step.path;
  checkRelativePath(path, label);
  const planned = plannedSource({ steps: [step], losses: [], warnings: [] }, source, label);
  const read = async (range: ByteRange, signal: AbortSignal) =>
    (await planned.read(path, [range], signal))[0]!;
  const size = step.step === "write" ? step.bytes.length : step.size;
  const held = step.step === "keep" ? heldOf(source, step.path, step.size) : undefined;
  const fetched = await fetchedBytes(step, source);
  return { path, size, fetched, read, ...(held === undefined ? {} : { held }) };
}

/** SHA-256 of the whole file; `io` hears how far it is. */
export async function sha256Of(wanted: Wanted, io: Io): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunksOf(
    asSource(wanted),
    [{ from: wanted.path, range: [0, wanted.size] }],
    io.signal,
  )) {
    hash.update(chunk);
    bytes += chunk.length;
    io.emit({ type: "file", path: wanted.path, bytes, total: wanted.size });
  }
  return hash.digest("hex");
}

/** SHA-1 that git gives to the contents. */
export async function gitOidOf({ size, read }: Wanted, io: Io): Promise<string> {
  return gitOid(await read([0, size], io.signal));
}

/** What git holds is small, and was read already: it is no weight. */
async function fetchedBytes(step: Exclude<Step, { step: "delete" }>, source: CheckpointSource) {
  if (source.network === undefined || step.step === "write") return 0;
  if (step.step === "keep" && source.origin?.files.get(step.path)?.sha256 === undefined) return 0;
  const pieces: readonly Piece[] =
    step.step === "keep" ? [{ from: step.path, range: [0, step.size] }] : step.pieces;
  let bytes = 0;
  for (const piece of pieces) {
    if ("from" in piece && (await source.locate(piece.from)) === undefined)
      bytes += piece.range[1] - piece.range[0];
  }
  return bytes;
}

function heldOf({ origin, label }: CheckpointSource, path: string, size: number) {
  const file = origin?.files.get(path);
  if (origin === undefined || file === undefined) return undefined;
  if (file.size === size) return { ...file, place: origin };
  throw dataRefusal("file-changed", {
    file: shownPath(label, path),
    expected: `the ${size} bytes that were there when the plan was made`,
    found: `${file.size} bytes`,
  });
}

function asSource({ path, size, read }: Wanted): CheckpointSource {
  return {
    label: path,
    list: async () => [{ path, size }],
    read: (_, ranges, signal) => Promise.all(ranges.map((range) => read(range, signal))),
    locate: async () => undefined,
  };
}
