import type { Io } from "../../events.js";
import { LENGTH_BYTES, MOST_HEADER_BYTES } from "../../tensors/header.js";
import { checkRanges } from "../disk/byte-ranges.js";
import { shownPath } from "../relative-path.js";
import type { ByteRange } from "../source.js";
import type { HubClient } from "./client.js";
import { coalesced, cutUp } from "./coalesce.js";
import { checkContents, contentHash } from "./contents.js";
import { fetchRange, type RemoteFile } from "./range.js";
import { Spans } from "./spans.js";
import type { Repository, TreeFile } from "./tree.js";

/** One file of a commit, read over the network. Its header, and small parts that were read once, are held. */
export class HubFile {
  readonly remote: RemoteFile;
  readonly #held = new Spans();
  #beginning: Promise<void> | undefined;

  constructor(
    readonly entry: TreeFile,
    private readonly client: HubClient,
    repository: Repository,
    commit: string,
  ) {
    const path = entry.path.split("/").map(encodeURIComponent).join("/");
    this.remote = {
      repository: repository.id,
      shown: shownPath(repository.label, entry.path),
      size: entry.size,
      url: `${client.endpoint}/${repository.id}/resolve/${commit}/${path}`,
      location: undefined,
      etag: undefined,
    };
  }

  /** Exactly the bytes of each range. Throws a Refusal when the file cannot be had, or is not what was listed. */
  async read(ranges: readonly ByteRange[], io: Io): Promise<Uint8Array[]> {
    checkRanges(ranges, this.entry.size, this.remote.shown);
    if (this.#wantsBeginning(ranges)) await this.#readBeginning(io);
    const missing = ranges.flatMap((range) => this.#held.missing(range));
    const wanted = cutUp(coalesced(missing, GAPS), LONGEST);
    const fetched = new Spans();
    await Promise.all(
      wanted.map(async (range) => {
        const bytes = await fetchRange(this.client, this.remote, range, io);
        fetched.add(range[0], bytes);
        if (this.#isWorthHolding(range)) this.#held.add(range[0], bytes);
      }),
    );
    const all = this.#held.and(fetched);
    return ranges.map((range) => all.bytes(range));
  }

  /** Small files are read whole; of tensor files the beginning is, since length and header stand there. */
  #wantsBeginning(ranges: readonly ByteRange[]): boolean {
    const { path, size } = this.entry;
    if (size > BEGINNING && !path.endsWith(".safetensors")) return false;
    return ranges.some(([begin, end]) => begin < Math.min(end, BEGINNING));
  }

  async #readBeginning(io: Io): Promise<void> {
    this.#beginning ??= this.#fetchBeginning(io).catch((error) => {
      this.#beginning = undefined;
      throw error;
    });
    await this.#beginning;
  }

  async #fetchBeginning(io: Io): Promise<void> {
    const { size } = this.entry;
    if (size === 0) return;
    const bytes = await fetchRange(this.client, this.remote, [0, Math.min(size, BEGINNING)], io);
    if (bytes.length === size) {
      checkContents(this.entry, contentHash(this.entry).update(bytes).digest("hex"), this.remote.shown);
    }
    this.#held.add(0, bytes);
  }

  /** What is read more than once: headers, by the reader of a plan's result; and what costs little to hold. */
  #isWorthHolding([begin, end]: ByteRange): boolean {
    if (end - begin <= SMALL) return true;
    return this.#held.missing([0, LENGTH_BYTES]).length === 0 && end <= this.#headerEnd();
  }

  #headerEnd(): number {
    const { buffer, byteOffset } = this.#held.bytes([0, LENGTH_BYTES]);
    const length = Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
    return LENGTH_BYTES + Math.min(length, MOST_HEADER_BYTES);
  }
}

/** Read first of every tensor file, and of any file this small the whole: longer than nearly all headers are. */
const BEGINNING = 128 * 1024;

/** What may be read in vain beside the beginning; together they stay below 200 kB a shard. */
const GAPS = { gap: 64 * 1024, waste: 64 * 1024 };

/** A header of 60 MB travels in four pieces. */
const LONGEST = 16 * 1024 * 1024;

/** Held whatever it is. */
const SMALL = 64 * 1024;
