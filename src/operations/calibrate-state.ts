import { rm } from "node:fs/promises";
import type { Trial } from "../calibration/candidates.js";
import { parseStatistics, printStatistics } from "../calibration/statistics-file.js";
import { fileSource } from "../checkpoint/local.js";
import { readShards } from "../checkpoint/read-shards.js";
import { dataRefusal, isRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Collected, CollectProgress } from "../runner/collect.js";
import type { PassState } from "../runner/forward/progress.js";
import type { Searched } from "../runner/search.js";
import { serialize } from "../tensors/layout.js";
import { readNumbers } from "../tensors/values.js";
import type { CalibrateInput } from "./calibrate-input.js";
import type { Deps } from "./deps.js";

/** Where a run keeps what it has after each layer, so that another can go on: beside its output. */
export function statePath({ writing, scaleFile, stats }: CalibrateInput): string | undefined {
  const output = writing === undefined || writing.dryRun ? (scaleFile?.path ?? stats) : writing.path;
  return output === undefined ? undefined : `${output.replace(/\/+$/, "")}.resume.safetensors`;
}

/**
 * Keeps the state of a run of `job` at `path`; with `resume`, begins where that file's run stopped. Throws a data
 * Refusal for the state of another job.
 */
export async function openState(
  path: string,
  job: string,
  resume: boolean,
  io: Io,
  deps: Deps,
): Promise<CollectProgress> {
  const begin = resume ? await readState(path, job, io) : undefined;
  if (begin !== undefined) io.emit({ type: "note", message: `goes on after ${begin.state.layers} layers` });
  return {
    ...(begin && { begin }),
    save: (state, collected) => deps.writeFile(path, printState(job, state, collected), { force: true }),
  };
}

/** Everything is written: there is nothing left to go on with. Statistics from files have had no run. */
export async function removeState(input: CalibrateInput): Promise<void> {
  const path = input.fromStats === undefined ? statePath(input) : undefined;
  if (path !== undefined) await rm(path, { force: true });
}

/** Does what a state is kept for. Where the model itself is refused, no other run could go on with it, and it leaves too. */
export async function withState<T>(input: CalibrateInput, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error) && HOPELESS.has(error.code)) await removeState(input);
    throw error;
  }
}

/** Weights that compute no numbers, and statistics that no scale follows from: the same at every run of the job. */
const HOPELESS: ReadonlySet<string> = new Set(["model-not-finite", "uncalibratable"]);

function printState(job: string, { layers, hidden }: PassState, collected: Collected): Uint8Array {
  const bytes = new Uint8Array(hidden.buffer, hidden.byteOffset, hidden.byteLength);
  const searched = collected.searched.map(printSearched);
  const metadata = new Map([
    ["job", job],
    ["layers", String(layers)],
    ["searched", JSON.stringify(searched)],
    [
      "statistics",
      printStatistics({
        job,
        parts: [{ index: 1, of: 1, sequences: 0, tokens: 0 }],
        layers: collected.layers,
      }),
    ],
  ]);
  return serialize([{ name: "hidden", dtype: "F32", shape: [hidden.length], bytes }], metadata);
}

async function readState(path: string, job: string, io: Io) {
  const found = await openIfThere(path, io);
  if (found === undefined) return undefined;
  const { source, shard } = found;
  const text = (key: string) => shard.header.metadata.get(key) ?? "";
  const tensor = shard.header.tensors.get("hidden");
  if (text("job") !== job || tensor === undefined) throw otherJob(path);
  const [bytes] = await source.read(shard.path, [[tensor.begin, tensor.end]], io.signal);
  const searched: PrintedSearch[] = JSON.parse(text("searched"));
  return {
    state: { layers: Number(text("layers")), hidden: Float32Array.from(readNumbers("F32", bytes!)) },
    collected: {
      layers: parseStatistics(text("statistics"), path).layers,
      searched: searched.map(readSearched),
    },
  };
}

type PrintedTrial = readonly [multiple: number, scales: number[], sqnr: string[]];
interface PrintedSearch {
  readonly k: number[];
  readonly v: number[];
  readonly trials: { readonly k: PrintedTrial[]; readonly v: PrintedTrial[] };
}

/** Decibels as text: those of no error at all are infinite, which JSON does not know. */
function printSearched({ k, v, trials }: Searched): PrintedSearch {
  const print = ({ multiple, scales, sqnr }: Trial): PrintedTrial => [
    multiple,
    [...scales],
    sqnr.map(String),
  ];
  return { k: [...k], v: [...v], trials: { k: trials.k.map(print), v: trials.v.map(print) } };
}

function readSearched({ k, v, trials }: PrintedSearch): Searched {
  const read = ([multiple, scales, sqnr]: PrintedTrial): Trial => ({
    multiple,
    scales: Float32Array.from(scales),
    sqnr: sqnr.map(Number),
  });
  const tried = { k: trials.k.map(read), v: trials.v.map(read) };
  return { k: Float32Array.from(k), v: Float32Array.from(v), trials: tried };
}

async function openIfThere(path: string, io: Io) {
  try {
    const source = await fileSource(path);
    const [shard] = (await readShards(source, io.signal)).shards;
    return shard === undefined ? undefined : { source, shard };
  } catch (error) {
    if (isRefusal(error) && error.exit === "environment") return undefined;
    throw error;
  }
}

function otherJob(file: string) {
  return dataRefusal("resume-of-another-job", {
    file,
    expected: "the state of this very run: the same model, text and options",
    found: "that of another",
    remedy: "Repeat the interrupted command exactly, or leave out --resume to begin anew.",
  });
}
