import type { Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Io } from "../../events.js";
import { writeAll } from "../disk/durable.js";
import { onDisk } from "../disk/failure.js";
import { fileChunks } from "../disk/file-chunks.js";
import type { ByteRange } from "../source.js";
import type { HubClient } from "./client.js";
import { checkContents, contentHash, contentName } from "./contents.js";
import type { Answer } from "./exchange.js";
import { unexpectedAnswer } from "./json-answer.js";
import { checkRangeAnswer, cutShort, type RemoteFile, rangeRequest } from "./range.js";
import { Passing } from "./retry.js";
import type { TreeFile } from "./tree.js";

/** A file to be brought here whole: what it must be, where it comes from, and the folder it goes to. */
export interface Download {
  readonly entry: TreeFile;
  readonly remote: RemoteFile;
  readonly folder: string;
}

/**
 * Brings a file into the folder under the name of its contents, and answers its path. What is there of it already is
 * hashed again and gone on from. Throws an environment Refusal where its contents are not those that the Hub lists.
 */
export async function download(
  task: Download,
  client: HubClient,
  io: Io,
  tell: (bytes: number) => void,
): Promise<string> {
  const whole = join(task.folder, contentName(task.entry));
  if ((await sizeAt(whole)) === task.entry.size) return whole;
  await onDisk(task.folder, "a folder for downloads", () => mkdir(task.folder, { recursive: true }));
  if (!(await arrives(task, client, io, tell))) await arrives(task, client, io, tell);
  await onDisk(whole, "a file that can be given its name", () => rename(partOf(task), whole));
  return whole;
}

/** Bytes that `download` would have to ask for. */
export async function lackingBytes({ entry, folder }: Omit<Download, "remote">): Promise<number> {
  const whole = await sizeAt(join(folder, contentName(entry)));
  const part = await sizeAt(partOf({ entry, folder }));
  return whole === entry.size ? 0 : entry.size - Math.min(part ?? 0, entry.size);
}

function partOf({ entry, folder }: Omit<Download, "remote">): string {
  return join(folder, `${contentName(entry)}.part`);
}

/** False where an earlier run's part turned out to be wrong and has been removed: then all of it is to be fetched. */
async function arrives(
  task: Download,
  client: HubClient,
  io: Io,
  tell: (bytes: number) => void,
): Promise<boolean> {
  const path = partOf(task);
  const had = Math.min((await sizeAt(path)) ?? 0, task.entry.size);
  const handle = await onDisk(path, WRITABLE, () => open(path, OPEN, 0o666));
  try {
    const part = new Part(task, path, handle, tell);
    await part.hashAgain(had, io.signal);
    await part.fetchRest(client, io);
    if (part.digest() === contentName(task.entry)) return true;
    await rm(path, { force: true });
    if (had === 0) checkContents(task.entry, part.digest(), task.remote.shown);
    return false;
  } finally {
    await handle.close();
  }
}

const WRITABLE = "a file that can be written";
const OPEN = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

/** A file that is growing: how far it has come, and the hash so far. */
class Part {
  #at = 0;
  readonly #hash: Hash;
  #digest: string | undefined;

  constructor(
    private readonly task: Download,
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly tell: (bytes: number) => void,
  ) {
    this.#hash = contentHash(task.entry);
  }

  async hashAgain(had: number, signal: AbortSignal): Promise<void> {
    for await (const chunk of fileChunks(this.path, had, this.path, signal)) this.#take(chunk);
  }

  async fetchRest(client: HubClient, io: Io): Promise<void> {
    const { entry, remote } = this.task;
    const range = (): ByteRange => [this.#at, entry.size];
    let reached = this.#at;
    const progressed = () => {
      const further = this.#at > reached;
      reached = this.#at;
      return further;
    };
    const append = (answer: Answer) => this.#append(answer, range());
    if (this.#at < entry.size) await client.send(() => rangeRequest(remote, range()), io, append, progressed);
    await onDisk(this.path, WRITABLE, () => this.handle.truncate(entry.size));
  }

  digest(): string {
    this.#digest ??= this.#hash.digest("hex");
    return this.#digest;
  }

  async #append(answer: Answer, range: ByteRange): Promise<void> {
    const { remote } = this.task;
    await checkRangeAnswer(remote, range, answer);
    for await (const chunk of answer.body()) {
      if (this.#at + chunk.length > range[1])
        throw unexpectedAnswer(remote.shown, `${remote.size} bytes`, "more");
      await onDisk(this.path, WRITABLE, () => writeAll(this.handle, chunk, this.#at));
      this.#take(chunk);
    }
    if (this.#at < range[1]) throw new Passing(cutShort(remote, range, this.#at - range[0]));
  }

  #take(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#at += bytes.length;
    this.tell(this.#at);
  }
}

async function sizeAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    (stats) => (stats.isFile() ? stats.size : undefined),
    () => undefined,
  );
}
