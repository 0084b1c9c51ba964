import { isRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory, TextFile } from "../inventory/inventory.js";
import { type Candidate, survey } from "../inventory/survey.js";
import { takeInventory } from "../inventory/take.js";
import { SIDECARS } from "../scales/sidecars/sidecars.js";
import { inParallel } from "./in-parallel.js";
import { MOST_OPEN, readShards, readText, type ShardSet } from "./read-shards.js";
import { shownPath } from "./relative-path.js";
import type { CheckpointSource } from "./source.js";

/**
 * Reads what matters of a checkpoint and nothing else: headers, index, configs, the bytes of its scales.
 * Throws a data Refusal for anything that contradicts itself or breaks its format.
 */
export async function readInventory(source: CheckpointSource, io: Io): Promise<Inventory> {
  io.emit({ type: "phase", name: `reading ${source.label}` });
  const set = await readShards(source, io.signal);
  try {
    return await take(source, set, io);
  } catch (error) {
    throw placed(error, source, set);
  }
}

async function take(source: CheckpointSource, set: ShardSet, io: Io): Promise<Inventory> {
  const found = survey(set.shards);
  const [config, quantConfig, sidecars, bytes] = await Promise.all([
    textAt(source, set, "config.json", io.signal),
    textAt(source, set, "hf_quant_config.json", io.signal),
    sidecarTexts(source, set, io.signal),
    scaleBytes(source, found.candidates, io.signal),
  ]);
  const texts = {
    ...(set.index && { index: { path: set.index.path, text: set.index.text } }),
    ...(config && { config }),
    ...(quantConfig && { quantConfig }),
  };
  const { files, shards } = set;
  return takeInventory({ label: source.label, files, shards, texts, sidecars, survey: found, bytes });
}

/** What is reasoned about knows its files by their names within the checkpoint; a reader of two needs to know which. */
function placed(error: unknown, { label }: CheckpointSource, { files }: ShardSet): unknown {
  const named = isRefusal(error) ? error.subject.file : undefined;
  if (!isRefusal(error) || !files.some(({ path }) => path === named)) return error;
  return error.of(shownPath(label, named!));
}

/** A JSON file by itself is a sidecar; beside weights, only files under the names that engines look for are. */
function sidecarPaths({ files, shards }: ShardSet): string[] {
  if (shards.length === 0 && files.length === 1) return files.map(({ path }) => path);
  return files.map(({ path }) => path).filter((path) => SIDECARS.some(({ fileName }) => path === fileName));
}

async function sidecarTexts(
  source: CheckpointSource,
  set: ShardSet,
  signal: AbortSignal,
): Promise<TextFile[]> {
  const texts = sidecarPaths(set).map((path) => textAt(source, set, path, signal));
  return (await Promise.all(texts)).filter((text) => text !== undefined);
}

async function textAt(source: CheckpointSource, { files }: ShardSet, path: string, signal: AbortSignal) {
  const file = files.find((candidate) => candidate.path === path);
  return file && { path, text: await readText(source, file, signal) };
}

/** One call per file, so that a source can coalesce neighbouring scales; answers in the survey's order. */
async function scaleBytes(
  source: CheckpointSource,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const byFile = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { file } = candidate.evidence;
    byFile.set(file, [...(byFile.get(file) ?? []), candidate]);
  }
  const read = new Map<Candidate, Uint8Array>();
  await inParallel([...byFile], MOST_OPEN, async ([file, wanted]) => {
    const ranges = wanted.map(({ tensor }) => [tensor.begin, tensor.end] as const);
    const bytes = await source.read(file, ranges, signal);
    for (const [at, candidate] of wanted.entries()) read.set(candidate, bytes[at]!);
  });
  return candidates.map((candidate) => read.get(candidate)!);
}
