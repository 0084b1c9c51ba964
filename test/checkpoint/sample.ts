import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Plan, Step } from "../../src/plan/plan.js";
import { serialize } from "../../src/tensors/layout.js";
import type { Files } from "./scratch.js";

/** UTF-8 bytes. */
export const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** A safetensors file of one-dimensional U8 tensors: name → bytes. */
export function tensorFile(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const data = Object.entries(tensors).map(([name, bytes]) => ({
    name,
    dtype: "U8" as const,
    shape: [bytes.length],
    bytes: Uint8Array.from(bytes),
  }));
  return serialize(data, new Map([["format", "pt"]]));
}

/** An index over shards, written as transformers writes it. */
export function indexFile(
  shards: Readonly<Record<string, readonly string[]>>,
  totalSize: number,
): Uint8Array {
  const entries = Object.entries(shards).flatMap(([shard, names]) => names.map((name) => [name, shard]));
  const index = { metadata: { total_size: totalSize }, weight_map: Object.fromEntries(entries) };
  return text(`${JSON.stringify(index, null, 2)}\n`);
}

export const SHARD_1 = "model-00001-of-00002.safetensors";
export const SHARD_2 = "model-00002-of-00002.safetensors";
export const INDEX = "model.safetensors.index.json";

/** A small checkpoint in two shards, with a tokenizer, a hidden file and a subfolder. */
export function sampleFiles(): Map<string, Uint8Array> {
  return new Map([
    [".gitattributes", text("*.safetensors filter=lfs\n")],
    ["chat_template.jinja", text("{{ messages }}")],
    ["config.json", text('{"model_type": "llama"}\n')],
    ["empty.txt", new Uint8Array(0)],
    [SHARD_1, tensorFile({ "a.weight": [1, 2, 3], "b.weight": [4, 5] })],
    [SHARD_2, tensorFile({ "c.weight": [6, 7, 8, 9] })],
    [INDEX, indexFile({ [SHARD_1]: ["a.weight", "b.weight"], [SHARD_2]: ["c.weight"] }, 9)],
    ["original/params.json", text("{}")],
  ]);
}

/** The files a merge adds: a shard of scales, and the index that names it. */
export const SCALES = "model-kv-scales.safetensors";

/**
 * A merge into the sample: the first shard is kept, the second put together anew from its pieces, one more is
 * written, the index and the config are replaced, `empty.txt` is left out.
 */
export function samplePlan(files: Files = sampleFiles()): Plan {
  const second = files.get(SHARD_2)!;
  const kept = [...files.keys()].filter(
    (path) => !["config.json", "empty.txt", SHARD_2, INDEX].includes(path),
  );
  const steps: Step[] = [
    { step: "write", path: INDEX, bytes: mergedIndex(), why: "it names the scales" },
    ...kept.map((path): Step => ({ step: "keep", path, as: path, size: files.get(path)!.length })),
    {
      step: "write",
      path: "config.json",
      bytes: text('{"model_type": "llama", "kv": 1}\n'),
      why: "it declares",
    },
    { step: "write", path: SCALES, bytes: tensorFile({ "a.k_scale": [1, 1, 1, 1] }), why: "1 scale" },
    {
      step: "stream",
      path: SHARD_2,
      size: second.length,
      pieces: [
        { bytes: second.slice(0, 8) },
        { from: SHARD_2, range: [8, 20] },
        { from: SHARD_2, range: [20, second.length] },
      ],
      why: "its header changes",
    },
    { step: "delete", path: "empty.txt", why: "not needed" },
  ];
  return { steps, losses: [], warnings: [] };
}

function mergedIndex(): Uint8Array {
  const shards = { [SHARD_1]: ["a.weight", "b.weight"], [SHARD_2]: ["c.weight"], [SCALES]: ["a.k_scale"] };
  return indexFile(shards, 13);
}

/** What the sample's plan must produce. */
export function mergedFiles(files: Files = sampleFiles()): Map<string, Uint8Array> {
  const result = new Map(files);
  result.delete("empty.txt");
  for (const step of samplePlan(files).steps) if (step.step === "write") result.set(step.path, step.bytes);
  return new Map([...result].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where a repository lies in a Hub cache folder. */
export const REPOSITORY = "models--org--name";
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/**
 * Lays files out as the Hub cache does: snapshot entries are links to blobs, which in a `shared` cache are links
 * into one store for all repositories. Answers the snapshot's folder.
 */
export async function writeHubCache(cache: string, files: Files, shared = false): Promise<string> {
  const repository = join(cache, REPOSITORY);
  const snapshot = join(repository, "snapshots", COMMIT);
  let blob = 0;
  for (const [path, bytes] of files) {
    const name = `e${blob++}`;
    const held = shared ? join(cache, "blobs", "ab", name) : join(repository, "blobs", name);
    await mkdir(dirname(held), { recursive: true });
    await writeFile(held, bytes, { mode: 0o444 });
    if (shared) await linkTo(join(repository, "blobs", name), held);
    await linkTo(join(snapshot, path), join(repository, "blobs", name));
  }
  await mkdir(join(repository, "refs"), { recursive: true });
  await writeFile(join(repository, "refs", "main"), COMMIT);
  return snapshot;
}

async function linkTo(at: string, target: string): Promise<void> {
  await mkdir(dirname(at), { recursive: true });
  await symlink(relative(dirname(at), target), at);
}
