import type { Io } from "../events.js";

/** A file of a checkpoint. `path` is relative to its root, with `/` on every platform. */
export interface SourceFile {
  readonly path: string;
  readonly size: number;
}

/** A commit of a repository on the Hub, and its files as the Hub keeps them. */
export interface RemotePlace {
  /** Address of the Hub. */
  readonly endpoint: string;
  /** `org/name`. */
  readonly repository: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** By path. */
  readonly files: ReadonlyMap<string, RemoteFile>;
}

/** Names of a file's contents on the Hub. */
export interface RemoteFile {
  readonly size: number;
  /** SHA-1 that git gives the contents; of the pointer, where the file is stored by LFS. */
  readonly gitOid: string;
  /** SHA-256 of the contents, for files stored by LFS. */
  readonly sha256?: string;
  readonly xetHash?: string;
}

/** Half-open byte range. */
export type ByteRange = readonly [begin: number, end: number];

/**
 * The "read" seam: where a checkpoint is read from. Nothing is cached or guessed here.
 * Implementations: a local directory, a Hub repository, memory.
 */
export interface CheckpointSource {
  /** How the user named it; used in messages. */
  readonly label: string;
  /** Real path of the directory or file it reads, where that is on this machine; no output may overlap it. */
  readonly root?: string;
  /** What it reads on the Hub, where it does: a sink there can refer to files instead of sending them. */
  readonly origin?: RemotePlace;
  /** Regular files (symbolic links resolved), sorted by path. Throws a data Refusal for links that escape. */
  list(signal: AbortSignal): Promise<readonly SourceFile[]>;
  /**
   * Exactly the bytes of each range, in the order asked. Many ranges a call, so that a remote source can
   * coalesce them. Throws a data Refusal when the file is shorter, an environment Refusal when it cannot be read.
   */
  read(path: string, ranges: readonly ByteRange[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
  /** Absolute path of the file's bytes on this machine, where there is one; lets a sink link instead of copy. */
  locate(path: string): Promise<string | undefined>;
  /** Present where files are fetched over a network. */
  readonly network?: Network;
}

/** What a source over a network can do besides reading. */
export interface Network {
  /** Requests made so far, and bytes of answers. */
  readonly traffic: { readonly requests: number; readonly bytes: number };
  /** Bytes of a file that `fetch` would have to bring into `folder`: none for a file that is on this machine. */
  lacking(path: string, folder: string): Promise<number>;
  /**
   * Brings a whole file into `folder`, its contents checked; goes on where an earlier run stopped. `locate` names it
   * afterwards. `tell` hears the bytes that are there so far.
   */
  fetch(path: string, folder: string, io: Io, tell: (bytes: number) => void): Promise<void>;
}

/** The real paths that these sources read, as far as they are on this machine. */
export function rootsOf(sources: readonly CheckpointSource[]): string[] {
  return sources.flatMap(({ root }) => (root === undefined ? [] : [root]));
}
