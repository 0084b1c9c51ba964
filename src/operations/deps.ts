import type { HubSink } from "../checkpoint/hub/hub-sink.js";
import type { HubTarget } from "../checkpoint/hub/push-target.js";
import { localSink } from "../checkpoint/local-sink.js";
import { openRef } from "../checkpoint/open.js";
import { type FileOptions, writeFileAtomically } from "../checkpoint/output-file.js";
import type { CheckpointSink } from "../checkpoint/sink.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import type { Io } from "../events.js";

/** How unchanged files reach the output. */
export type LinkMode = "auto" | "reflink" | "hardlink" | "symlink" | "copy";

/** How an output directory is written. */
export interface Target {
  readonly path: string;
  readonly link: LinkMode;
  /** Replaces an existing output, whole. */
  readonly force: boolean;
  /** Waits until the disk has it. */
  readonly fsync: boolean;
}

/** The seams an operation reads and writes through; tests and other hosts may bring their own. */
export interface Deps {
  open(ref: string, io: Io): Promise<CheckpointSource>;
  sink(target: Target, sources: readonly CheckpointSource[], io: Io): Promise<CheckpointSink>;
  /** For a repository of the Hub; nothing is asked of it yet. */
  hub(target: HubTarget): Promise<HubSink>;
  /** One file, whole or not at all; refuses an existing one unless `force`. */
  writeFile(path: string, bytes: Uint8Array, options: FileOptions): Promise<void>;
}

/** Local files and directories, and the local Hub cache. */
export const localDeps: Deps = {
  open: openRef,
  sink: localSink,
  hub: async (target) =>
    (await import("../checkpoint/hub/open-sink.js")).openHubSink(target, { env: process.env }),
  writeFile: writeFileAtomically,
};

/** The same, for checkpoints made of symbolic links, such as those of `--link symlink`: links may lead anywhere. */
export const followingDeps: Deps = {
  ...localDeps,
  open: (ref, io) => openRef(ref, io, { followLinks: true }),
};
