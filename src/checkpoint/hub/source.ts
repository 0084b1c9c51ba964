import { dataRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import { checkRanges, readRanges } from "../disk/byte-ranges.js";
import { openRegularFile } from "../disk/regular-file.js";
import { checkRelativePath, shownPath } from "../relative-path.js";
import type { ByteRange, CheckpointSource, Network, RemotePlace, SourceFile } from "../source.js";
import type { CachedCommit } from "./cached.js";
import type { HubClient } from "./client.js";
import { download, lackingBytes } from "./download.js";
import { HubFile } from "./hub-file.js";
import type { Repository, TreeFile } from "./tree.js";

/** A commit of a repository, listed and ready to be read. */
export interface HubCommit {
  readonly client: HubClient;
  readonly repository: Repository;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly files: readonly TreeFile[];
  readonly cached: CachedCommit;
}

/**
 * A checkpoint on the Hub: what the local cache has is read from there, the rest by ranges over the network. `emit`
 * hears of waits and, under HF_DEBUG, of requests.
 */
export class HubSource implements CheckpointSource {
  readonly label: string;
  readonly origin: RemotePlace;
  readonly network: Network;
  readonly #entries: ReadonlyMap<string, TreeFile>;
  readonly #remote = new Map<string, HubFile>();
  readonly #located = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly hub: HubCommit,
    private readonly emit: Io["emit"],
  ) {
    this.label = hub.repository.label;
    this.network = this.#networkOf(hub.client);
    this.#entries = new Map(hub.files.map((file) => [file.path, file]));
    const { client, repository, commit } = hub;
    this.origin = { endpoint: client.endpoint, repository: repository.id, commit, files: this.#entries };
  }

  /** The commit that every read is of. */
  get commit(): string {
    return this.hub.commit;
  }

  async list(signal: AbortSignal): Promise<readonly SourceFile[]> {
    signal.throwIfAborted();
    return this.hub.files.map(({ path, size }) => ({ path, size }));
  }

  async read(
    path: string,
    ranges: readonly ByteRange[],
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    signal.throwIfAborted();
    const entry = this.#entry(path);
    const located = await this.locate(path);
    if (located !== undefined) return readLocated(located, shownPath(this.label, path), ranges, signal);
    return this.#fileOf(entry).read(ranges, { signal, emit: this.emit });
  }

  async locate(path: string): Promise<string | undefined> {
    const entry = this.#entry(path);
    const known = this.#located.get(path) ?? this.hub.cached.find(entry);
    this.#located.set(path, known);
    return known;
  }

  #networkOf(client: HubClient): Network {
    return {
      get traffic() {
        return client.traffic;
      },
      lacking: async (path, folder) => {
        const here = await this.locate(path);
        return here === undefined ? lackingBytes({ entry: this.#entry(path), folder }) : 0;
      },
      fetch: async (path, folder, io, tell) => {
        const { entry, remote } = this.#fileOf(this.#entry(path));
        const located = await download({ entry, remote, folder }, client, io, tell);
        this.#located.set(path, Promise.resolve(located));
      },
    };
  }

  #fileOf(entry: TreeFile): HubFile {
    const known = this.#remote.get(entry.path);
    if (known !== undefined) return known;
    const file = new HubFile(entry, this.hub.client, this.hub.repository, this.hub.commit);
    this.#remote.set(entry.path, file);
    return file;
  }

  #entry(path: string): TreeFile {
    checkRelativePath(path, this.label);
    const entry = this.#entries.get(path);
    if (entry !== undefined) return entry;
    throw dataRefusal("file-missing", {
      file: shownPath(this.label, path),
      expected: "a file of the checkpoint",
      found: "none of that name",
    });
  }
}

async function readLocated(at: string, shown: string, ranges: readonly ByteRange[], signal: AbortSignal) {
  const { handle, stats } = await openRegularFile(at, shown);
  try {
    checkRanges(ranges, stats.size, shown);
    return await readRanges(handle, ranges, shown, signal);
  } finally {
    await handle.close();
  }
}
