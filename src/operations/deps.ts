import type { HubSink } from "../checkpoint/hub/hub-sink.js";
import type { HubTarget } from "../checkpoint/hub/push-target.js";
import { fileSource } from "../checkpoint/local.js";
import { localSink } from "../checkpoint/local-sink.js";
import { openRef } from "../checkpoint/open.js";
import { checkOutputFile, type FileOptions, writeFileAtomically } from "../checkpoint/output-file.js";
import { readText } from "../checkpoint/read-shards.js";
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
  /** The whole of a local text file. */
  readText(path: string, signal: AbortSignal): Promise<string>;
  /** One file, whole or not at all; refuses an existing one unless `force`. */
  writeFile(path: string, bytes: Uint8Array, options: FileOptions): Promise<void>;
  /** Throws what `writeFile` would throw for the place as it is; asked before long work. Absent: nothing is known. */
  checkFile?(path: string, options: FileOptions): Promise<void>;
}

/** As `hf` warns of it. */
const TOKEN_WARNING =
  "--token leaves your token in your shell history and in the list of processes; prefer HF_TOKEN or `hf auth login`";

/** What a command's flags say of the places that it reads and writes. */
export interface Reach {
  /** Links may lead anywhere, as those of `--link symlink` do. */
  readonly followLinks?: boolean;
  /** For the Hub, from the command line. */
  readonly token?: string;
}

/** Local files and directories, the local Hub cache and the Hub, as far as these flags reach. */
export function depsFor(reach: Reach, env: NodeJS.ProcessEnv = process.env): Deps {
  let warned = reach.token === undefined;
  const choices = { ...reach, env };
  return {
    open: (ref, io) => {
      if (!warned) io.emit({ type: "warning", code: "token-in-history", message: TOKEN_WARNING });
      warned = true;
      return openRef(ref, io, choices);
    },
    sink: localSink,
    hub: async (target) => (await import("../checkpoint/hub/open-sink.js")).openHubSink(target, choices),
    readText: readLocalText,
    writeFile: writeFileAtomically,
    checkFile: checkOutputFile,
  };
}

async function readLocalText(path: string, signal: AbortSignal): Promise<string> {
  const source = await fileSource(path);
  const [file] = await source.list(signal);
  return readText(source, file!, signal);
}

/** What nobody asked for anything special reaches. */
export const localDeps: Deps = depsFor({});

/** The same, for checkpoints made of symbolic links, such as those of `--link symlink`: links may lead anywhere. */
export const followingDeps: Deps = depsFor({ followLinks: true });
