import { dataRefusal } from "../errors.js";
import type { Shard } from "../inventory/inventory.js";
import { type Header, headerLength, LENGTH_BYTES, parseHeader } from "../tensors/header.js";
import { parseIndex, type ShardIndex } from "../tensors/shards.js";
import { checkAgreement } from "./agreement.js";
import { refuseFolderOfCheckpoints } from "./checkpoint-folders.js";
import { inParallel } from "./in-parallel.js";
import { shownPath } from "./relative-path.js";
import type { CheckpointSource, SourceFile } from "./source.js";

/** Every file of a checkpoint, the headers of its tensor files, and its index. */
export interface ShardSet {
  readonly files: readonly SourceFile[];
  /** In the order of `files`. Shards that the index does not name, or in subfolders without one, are not `indexed`. */
  readonly shards: readonly Shard[];
  readonly index?: { readonly path: string; readonly text: string; readonly parsed: ShardIndex };
}

/** Files that say which shard holds which tensor; the first that is there counts. Mistral's own format has the second. */
const INDEX_FILES = ["model.safetensors.index.json", "consolidated.safetensors.index.json"];

/**
 * Reads the header of every `.safetensors` file, and no byte of a tensor. Throws a data Refusal when a header is
 * invalid, or when disk, index and headers contradict one another.
 */
export async function readShards(source: CheckpointSource, signal: AbortSignal): Promise<ShardSet> {
  const files = await source.list(signal);
  refuseFolderOfCheckpoints(source.label, files);
  const index = await readIndex(source, files, signal);
  const paths = index && new Set(index.parsed.weightMap.values());
  const tensorFiles = files.filter(({ path }) => path.endsWith(".safetensors"));
  const shards = await inParallel(tensorFiles, MOST_OPEN, async ({ path, size }) => {
    const indexed = paths?.has(path) ?? !path.includes("/");
    return { path, size, indexed, header: await readHeader(source, { path, size }, signal) };
  });
  checkAgreement(source.label, shards, index);
  return { files, shards, ...(index === undefined ? {} : { index }) };
}

/**
 * The whole of a text file of a checkpoint. Throws a data Refusal when it is not UTF-8, or larger than any such
 * file is.
 */
export async function readText(
  source: CheckpointSource,
  file: SourceFile,
  signal: AbortSignal,
): Promise<string> {
  const shown = shownPath(source.label, file.path);
  if (file.size > MOST_TEXT) {
    const expected = `a text file of at most ${MOST_TEXT} bytes`;
    throw dataRefusal("text-too-large", { file: shown, expected, found: `${file.size} bytes` });
  }
  const [bytes] = await source.read(file.path, [[0, file.size]], signal);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw dataRefusal("not-utf8", { file: shown, expected: "text in UTF-8", found: "other bytes", cause });
  }
}

/** Files open at once: enough to hide the latency of a network, few for any limit on open files. */
export const MOST_OPEN = 16;

/** The largest known index, of 497 000 tensors, has 60 MB. */
const MOST_TEXT = 256 * 1024 * 1024;

async function readIndex(source: CheckpointSource, files: readonly SourceFile[], signal: AbortSignal) {
  const [file] = INDEX_FILES.flatMap((name) => files.find(({ path }) => path === name) ?? []);
  if (file === undefined) return undefined;
  const text = await readText(source, file, signal);
  return { path: file.path, text, parsed: parseIndex(text, shownPath(source.label, file.path)) };
}

async function readHeader(
  source: CheckpointSource,
  { path, size }: SourceFile,
  signal: AbortSignal,
): Promise<Header> {
  const shown = shownPath(source.label, path);
  const [prefix] = await source.read(path, [[0, Math.min(LENGTH_BYTES, size)]], signal);
  const length = headerLength(prefix!, size, shown);
  const [text] = await source.read(path, [[LENGTH_BYTES, LENGTH_BYTES + length]], signal);
  return parseHeader(text!, size, shown);
}
