import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Io } from "../events.js";
import type { Piece, Plan } from "../plan/plan.js";
import { checkResult } from "./check-result.js";
import { chunksOf } from "./chunks.js";
import { syncFolders } from "./disk/durable.js";
import { onDisk } from "./disk/failure.js";
import { recoverLeftovers } from "./disk/leftovers.js";
import { writeNewFile } from "./disk/new-file.js";
import { checkApart, overlaps } from "./disk/overlap.js";
import { publish } from "./disk/publish.js";
import { checkRoom } from "./disk/room.js";
import { isWithin } from "./disk/root.js";
import { makeStaging, removeStaging, type Staging, syncParents } from "./disk/staging.js";
import { examineTarget, realTarget, type Standing } from "./disk/target.js";
import { type Fetching, fetchAll, fetchingFor, isFetched, removeFetched } from "./fetching.js";
import { chooseKeeping, type Keeping, type Kept, keepFile, type LinkMode, smallestKept } from "./keeping.js";
import { checkRelativePath, shownPath } from "./relative-path.js";
import type { CheckpointSink } from "./sink.js";
import { type CheckpointSource, rootsOf } from "./source.js";

/** An output directory, and how it is written. */
export interface LocalTarget {
  readonly path: string;
  readonly link: LinkMode;
  /** Replaces an existing output, whole. */
  readonly force: boolean;
  /** Waits until the disk has it. */
  readonly fsync: boolean;
}

/** Bytes by the way they reached the output: `shared` with the source by clone or link, `copied`, or `written` anew. */
export interface Tally {
  readonly shared: number;
  readonly copied: number;
  readonly written: number;
}

/** A sink for a directory on this machine; counts what was shared and what copied. */
export interface LocalSink extends CheckpointSink {
  readonly tally: Tally;
}

/**
 * A sink for an output directory that appears whole or not at all. Puts right what an interrupted run left there.
 * Throws a usage Refusal when the place is taken or overlaps a source; writes nothing of the output yet.
 */
export async function localSink(
  target: LocalTarget,
  sources: readonly CheckpointSource[],
  io: Io,
): Promise<LocalSink> {
  const path = await realTarget(target.path);
  await checkApart(path, rootsOf(sources), target.path);
  await onDisk(target.path, "a directory that can be tidied", () => recoverLeftovers(path, io));
  return new DirectorySink(target, path, await examineTarget(path, target.path, target.force));
}

class DirectorySink implements LocalSink {
  readonly label: string;
  tally: Tally = { shared: 0, copied: 0, written: 0 };
  readonly #changed = new Set<string>();
  #staging: Staging | undefined;
  #keeping: Keeping = { how: "copy", asked: false };
  #fetching: Fetching = { folder: "", lacking: 0, files: [] };

  constructor(
    private readonly target: LocalTarget,
    private readonly path: string,
    private readonly standing: Standing,
  ) {
    this.label = target.path;
  }

  async begin(plan: Plan, source: CheckpointSource, io: Io): Promise<void> {
    this.#fetching = await fetchingFor(plan, source, this.path);
    this.#staging = await makeStaging(this.path, this.standing, this.label);
    const fetched = new Set(this.#fetching.files.map(({ path }) => path));
    const sample = smallestKept(plan, fetched);
    this.#keeping = await chooseKeeping(
      this.target.link,
      sample && this.#kept(source, sample.path, SCRATCH, sample.size),
    );
    const bytes = bytesToWrite(plan, this.#keeping.how === "copy", fetched);
    await checkRoom(dirname(this.path), bytes + this.#fetching.lacking, this.label);
    await fetchAll(this.#fetching, source, this.target.fsync, io);
  }

  async keep(source: CheckpointSource, path: string, as: string, size: number, io: Io): Promise<void> {
    await this.#refuseOwnInput(source, path);
    await this.#makeRoomFor(as);
    const fetched = isFetched(this.#fetching, await source.locate(path));
    const how = await keepFile(
      this.#kept(source, path, as, size),
      fetched ? FETCHED : this.#keeping,
      io.signal,
      this.#teller(as, size, io),
    );
    this.#count(fetched || how === "copy" ? "copied" : "shared", size);
  }

  async write(path: string, bytes: Uint8Array, io: Io): Promise<void> {
    await this.#create(path, [bytes], bytes.length, io);
  }

  async stream(
    source: CheckpointSource,
    path: string,
    pieces: readonly Piece[],
    size: number,
    io: Io,
  ): Promise<void> {
    await this.#create(path, chunksOf(source, pieces, io.signal), size, io);
  }

  async commit(io: Io): Promise<void> {
    const staging = this.#begun();
    await checkResult(staging.path, this.label, this.#changed, io);
    io.signal.throwIfAborted();
    const sync = this.target.fsync;
    if (sync) await onDisk(this.label, "a directory that can be synced", () => syncFolders(staging.path));
    const finished = { staging: staging.path, backup: staging.backup, shown: this.label, sync };
    await publish({ ...finished, target: this.path, standing: this.standing }, io);
    this.#staging = undefined;
    if (sync) await onDisk(this.label, "a directory that can be synced", () => syncParents(staging));
    await onDisk(this.label, "a directory that can be tidied", () => removeFetched(this.#fetching));
  }

  async abort(): Promise<void> {
    const staging = this.#staging;
    this.#staging = undefined;
    if (staging !== undefined)
      await onDisk(this.label, "a directory that can be tidied", () => removeStaging(staging));
  }

  async #create(
    path: string,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    size: number,
    io: Io,
  ) {
    await this.#makeRoomFor(path);
    const file = { to: this.#placeOf(path), shown: shownPath(this.label, path), size, mode: 0o666 };
    await writeNewFile({ ...file, sync: this.target.fsync }, chunks, this.#teller(path, size, io));
    this.#changed.add(path);
    this.#count("written", size);
  }

  /** Links may lead from an input into the very directory that this output replaces. */
  async #refuseOwnInput(source: CheckpointSource, path: string): Promise<void> {
    const located = await source.locate(path);
    if (located !== undefined && isWithin(this.path, located)) throw overlaps(this.label, "around", located);
  }

  #kept(source: CheckpointSource, path: string, as: string, size: number): Kept {
    const shown = shownPath(this.label, as);
    return { source, path, size, to: this.#placeOf(as), shown, sync: this.target.fsync };
  }

  async #makeRoomFor(path: string): Promise<void> {
    const folder = dirname(this.#placeOf(path));
    await onDisk(shownPath(this.label, path), "a folder that can be made", () =>
      mkdir(folder, { recursive: true }),
    );
  }

  #placeOf(path: string): string {
    checkRelativePath(path, this.label);
    return join(this.#begun().path, path);
  }

  #begun(): Staging {
    if (this.#staging === undefined)
      throw new Error("a sink takes steps after begin, and before commit or abort");
    return this.#staging;
  }

  #teller(path: string, total: number, io: Io): (bytes: number) => void {
    return (bytes) => io.emit({ type: "file", path, bytes, total });
  }

  #count(way: keyof Tally, bytes: number): void {
    this.tally = { ...this.tally, [way]: this.tally[way] + bytes };
  }
}

/** A name that no file of a checkpoint has, for the trial of a link. */
const SCRATCH = ".kvscale-trial";

/** A downloaded file is the output's own: it moves in by a second name, so that a failure from then on keeps it. */
const FETCHED: Keeping = { how: "hardlink", asked: false };

function bytesToWrite(plan: Plan, copies: boolean, fetched: ReadonlySet<string>): number {
  return plan.steps.reduce((sum, step) => {
    if (step.step === "keep") return sum + (copies && !fetched.has(step.path) ? step.size : 0);
    if (step.step === "write") return sum + step.bytes.length;
    return sum + (step.step === "stream" ? step.size : 0);
  }, 0);
}
