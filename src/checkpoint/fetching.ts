import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Io } from "../events.js";
import type { Plan } from "../plan/plan.js";
import { syncFile } from "./disk/durable.js";
import { onDisk } from "./disk/failure.js";
import { isWithin } from "./disk/root.js";
import { downloadsName } from "./disk/staging-name.js";
import { inParallel } from "./in-parallel.js";
import { shownPath } from "./relative-path.js";
import type { CheckpointSource } from "./source.js";

/** Files of a remote source that an output needs whole, and the folder beside the output that they are brought to. */
export interface Fetching {
  /** Outlives an interruption, so that the next run for the same output goes on from there. */
  readonly folder: string;
  /** Bytes still to be fetched. */
  readonly lacking: number;
  readonly files: readonly (Wanted & { readonly lacking: number })[];
}

/** What has to be fetched before the plan can be carried out in an output at the real path `target`. */
export async function fetchingFor(plan: Plan, source: CheckpointSource, target: string): Promise<Fetching> {
  const folder = join(dirname(target), downloadsName(basename(target)));
  const { network } = source;
  if (network === undefined) return { folder, lacking: 0, files: [] };
  const files: Fetching["files"][number][] = [];
  let lacking = 0;
  for (const wanted of wantedFiles(plan)) {
    if ((await source.locate(wanted.path)) !== undefined) continue;
    const bytes = await network.lacking(wanted.path, folder);
    files.push({ ...wanted, lacking: bytes });
    lacking += bytes;
  }
  return { folder, lacking, files };
}

/** Fetches it all, some files at once. Throws an environment Refusal; what has come by then stays for the next run. */
export async function fetchAll(
  { folder, lacking, files }: Fetching,
  source: CheckpointSource,
  sync: boolean,
  io: Io,
): Promise<void> {
  const { network } = source;
  if (network === undefined || files.length === 0) return;
  if (lacking > WORTH_TELLING)
    io.emit({
      type: "note",
      message: `downloads go to ${folder}; an interrupted run is continued from there`,
    });
  await inParallel(files, MOST_AT_ONCE, async ({ path, size }) => {
    const tell = (bytes: number) => io.emit({ type: "file", path, bytes, total: size });
    await network.fetch(path, folder, io, tell);
    const located = await source.locate(path);
    const shown = shownPath(source.label, path);
    if (sync && located !== undefined)
      await onDisk(shown, "a file that can be synced", () => syncFile(located));
  });
}

/** True for a file that was fetched for this output alone, so that the output may have it by a link. */
export function isFetched({ folder }: Fetching, located: string | undefined): boolean {
  return located !== undefined && isWithin(folder, located);
}

/** Removes the folder, once the output has all of it. */
export async function removeFetched({ folder }: Fetching): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

interface Wanted {
  readonly path: string;
  readonly size: number;
}

/** A connection rarely fills a line by itself; more than a few at once share it in vain. */
const MOST_AT_ONCE = 4;

/** Bytes that take long enough for an interruption. */
const WORTH_TELLING = 64 * 1024 * 1024;

/** What is kept, and what pieces of new files are taken from. */
function wantedFiles({ steps }: Plan): Wanted[] {
  const wanted = new Map<string, number>();
  for (const step of steps) {
    if (step.step === "keep") wanted.set(step.path, step.size);
    if (step.step !== "stream") continue;
    for (const piece of step.pieces) {
      if ("from" in piece) wanted.set(piece.from, Math.max(wanted.get(piece.from) ?? 0, piece.range[1]));
    }
  }
  return [...wanted].map(([path, size]) => ({ path, size }));
}
