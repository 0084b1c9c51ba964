import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { dataRefusal, environmentRefusal, isRefusal, type Refusal, usageRefusal } from "../errors.js";
import type { Io } from "../events.js";
import { diskRefusal, errnoOf } from "./disk/failure.js";
import { waitingBackup } from "./disk/leftovers.js";
import { nearPaths } from "./disk/near-names.js";
import { notAFile } from "./disk/regular-file.js";
import type { HubChoices } from "./hub/open-hub.js";
import { findSnapshot, isRepositoryFolder, parseHubName, snapshotsOf } from "./hub-cache.js";
import { directorySource, fileSource } from "./local.js";
import type { CheckpointSource } from "./source.js";

/** What surrounds a reference, all of it optional: environment variables, a token, whether links may leave a directory. */
export type Surroundings = Partial<HubChoices>;

/**
 * Opens what a REF names: a directory, a single file, a Hub-cache folder, or `org/name[@revision]` on the Hub, of
 * which nothing is loaded or asked for other names. Throws a Refusal that says what was looked for.
 */
export async function openRef(ref: string, io: Io, around: Surroundings = {}): Promise<CheckpointSource> {
  io.signal.throwIfAborted();
  if (ref === "" || ref.includes("\0")) throw unusable(ref);
  const asked: Asked = { ref, io, around, followLinks: around.followLinks ?? false };
  const stats = ref.startsWith("hf://") ? undefined : await statsOf(ref);
  for (const kind of KINDS) {
    const source = await kind.open(asked, stats);
    if (source !== undefined) return source;
  }
  throw await missing(ref);
}

interface Asked {
  readonly ref: string;
  readonly io: Io;
  readonly around: Surroundings;
  readonly followLinks: boolean;
}

/** One kind of place that a checkpoint can be read from; `open` answers nothing for a REF of another kind. */
interface Kind {
  readonly name: string;
  open(asked: Asked, stats: Stats | undefined): Promise<CheckpointSource | undefined>;
}

/** In the order they are tried: what exists on the disk comes before the Hub. */
const KINDS: readonly Kind[] = [
  { name: "Hub cache folder", open: openRepositoryFolder },
  { name: "directory", open: openDirectory },
  { name: "file", open: openFile },
  { name: "Hub repository", open: openOnHub },
];

/** Files that can stand for a checkpoint by themselves: tensors, or a sidecar of scales. */
const READABLE = new Set([".safetensors", ".json", ".txt"]);

async function openRepositoryFolder({ ref, followLinks }: Asked, stats: Stats | undefined) {
  if (!stats?.isDirectory() || !(await isRepositoryFolder(ref))) return undefined;
  const snapshots = await snapshotsOf(ref);
  const only = snapshots.length === 1 ? join(ref, "snapshots", snapshots[0]!) : undefined;
  const snapshot = (await findSnapshot(ref)) ?? only;
  if (snapshot === undefined) throw undecided(ref, snapshots);
  return directorySource(snapshot, { label: ref, followLinks });
}

async function openDirectory({ ref, followLinks }: Asked, stats: Stats | undefined) {
  return stats?.isDirectory() ? directorySource(ref, { followLinks }) : undefined;
}

async function openFile({ ref }: Asked, stats: Stats | undefined) {
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw notAFile(ref, stats);
  if (READABLE.has(extname(ref).toLowerCase())) return fileSource(ref);
  throw dataRefusal("unknown-file-type", {
    file: ref,
    expected: "a directory, or a .safetensors, .json or .txt file",
    found: extname(ref) === "" ? "a file without an extension" : `a ${extname(ref)} file`,
    remedy: "Name the checkpoint's directory. Convert other weight formats to safetensors first.",
  });
}

async function openOnHub(asked: Asked) {
  const { ref, io, around } = asked;
  const name = parseHubName(ref);
  if (name === undefined) return undefined;
  const { openHub } = await import("./hub/open-hub.js");
  try {
    return await openHub(ref, name, io, { ...around, env: around.env ?? process.env });
  } catch (error) {
    if (!isRefusal(error) || !UNKNOWN_NAME.has(error.code)) throw error;
    throw error.advised((await guess(ref)) || (UNASKED.has(error.code) ? notHere(ref) : ""));
  }
}

/** Refusals of a name that may have been meant for something on this machine. */
const UNKNOWN_NAME: ReadonlySet<string> = new Set([
  "not-in-hub-cache",
  "repository-missing",
  "repository-private",
  "hub-unreachable",
  "hub-stalled",
]);

/** Those of a Hub that may not have been meant at all. */
const UNASKED: ReadonlySet<string> = new Set(["hub-unreachable", "hub-stalled"]);

function notHere(ref: string): string {
  return ref.startsWith("hf://") ? "" : "Nothing on this machine has that path, so the Hub was asked. ";
}

async function statsOf(ref: string): Promise<Stats | undefined> {
  try {
    return await stat(ref);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw diskRefusal(ref, "a checkpoint", error) ?? error;
  }
}

function unusable(ref: string): Refusal {
  const found = ref === "" ? "an empty one" : "one with a NUL in it";
  return usageRefusal("bad-reference", { expected: "the name of a checkpoint", found });
}

function undecided(file: string, snapshots: readonly string[]): Refusal {
  const found = snapshots.length === 0 ? "none" : `${snapshots.length}: ${snapshots.slice(0, 5).join(", ")}`;
  return usageRefusal("snapshot-undecided", {
    file,
    expected: "a Hub cache folder with a snapshot of main, or with one snapshot",
    found,
    remedy: "Name one folder below `snapshots`, or download with `hf download`.",
  });
}

async function missing(ref: string): Promise<Refusal> {
  return environmentRefusal("not-found", {
    file: ref,
    expected: "a directory, a .safetensors, .json or .txt file, or org/name of a Hub repository",
    found: "nothing of that name",
    remedy: `${await guess(ref)}Check the path.`,
  });
}

/** What the path may have been meant for: a result that an interrupted run moved away, or a name like it. */
async function guess(ref: string): Promise<string> {
  if (ref.startsWith("hf://")) return "";
  const backup = await waitingBackup(ref);
  if (backup !== undefined)
    return `An interrupted replacement left it at ${backup}: move it back with \`mv\`. `;
  const near = await nearPaths(ref);
  return near.length === 0 ? "" : `Did you mean ${near.join(" or ")}? `;
}
