import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { openRef } from "../../src/checkpoint/open.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import type { Io } from "../../src/events.js";
import type { Inventory } from "../../src/inventory/inventory.js";
import { type ExtractInput, extract } from "../../src/operations/extract.js";
import { type MergeInput, merge } from "../../src/operations/merge.js";
import type { Writing } from "../../src/operations/write.js";
import type { Entry, ScaleTable } from "../../src/scales/table.js";

/** The repository. Fixtures are named by their path below it, so that messages are the same everywhere. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** Checkpoints that real quantizers wrote; present beside the repository where they were fetched. */
export const DATA = resolve(ROOT, "../shared/data");

/** For `describe.skipIf`: false where the real data is present. */
export const withoutData = !existsSync(DATA);

/** A fixture's folder, from the repository's root. */
export const checkpoint = (name: string): string => `fixtures/checkpoints/${name}`;
export const hostile = (name: string): string => `fixtures/hostile/${name}`;

/** An Io that nobody listens to. */
export const unheard: Io = { emit: () => {}, signal: new AbortController().signal };

/** What a checkpoint holds, by the reader that every command uses. */
export async function inventoryOf(ref: string): Promise<Inventory> {
  return readInventory(await openRef(ref, unheard), unheard);
}

/** A fresh folder, gone after the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "kvscale-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh folder for all tests of a suite; its path is there from the first `beforeAll` on. */
export function scratchForAll(): () => string {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kvscale-test-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** How a test writes: to `path`, without waiting for the disk. */
export function writing(path: string, other: Partial<Writing> = {}): Writing {
  return { path, link: "auto", dryRun: false, force: false, strict: false, fsync: false, ...other };
}

/** The numbers of a table as float32 bits, by site and role; NaN by its own bits. */
export function bitsOf({ entries }: ScaleTable): Map<string, string> {
  return new Map(entries.map((entry) => [`${entry.site.path} ${entry.role}`, entryBits(entry)]));
}

function entryBits({ scale }: Entry): string {
  const { stored, values } = scale;
  if (stored?.dtype === "F32") return Buffer.from(stored.bytes).toString("hex");
  return Buffer.from(Float32Array.from(values).buffer).toString("hex");
}

/** The files below a folder as hexadecimal text, by relative path. */
export async function filesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = paths.map(async (path) => [relative(folder, path), await readFile(path, "hex")] as const);
  return new Map((await Promise.all(files)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a careless writer could change of an input: contents, times and modes. */
export async function untouched(folders: readonly string[], work: () => Promise<unknown>): Promise<void> {
  const before = await Promise.all(folders.map(traces));
  await work();
  expect(await Promise.all(folders.map(traces))).toEqual(before);
}

async function traces(folder: string): Promise<Map<string, string>> {
  const files = [...(await filesOf(folder))].map(async ([path, hex]) => {
    const { mtimeMs, mode } = await stat(join(folder, path));
    return [path, `${mtimeMs} ${mode} ${hex}`] as const;
  });
  return new Map(await Promise.all(files));
}

/** A tensor of a file, its bytes as hexadecimal text. */
export interface Held {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly hex: string;
}

/** The tensors of a safetensors file, read without kvscale's reader. */
export async function tensorsIn(path: string): Promise<Map<string, Held>> {
  return tensorsOf(await readFile(path));
}

/** The same of a file's bytes. */
export function tensorsOf(bytes: Buffer): Map<string, Held> {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header: unknown = JSON.parse(bytes.toString("utf8", 8, start));
  const tensors = Object.entries(header as Record<string, RawTensor>).filter(
    ([name]) => name !== "__metadata__",
  );
  return new Map(
    tensors.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [name, { dtype, shape, hex: bytes.toString("hex", start + from, start + to) }],
    ),
  );
}

interface RawTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The tensors of every safetensors file of a folder, by name. */
export async function tensorsBelow(folder: string): Promise<Map<string, Held>> {
  const paths = [...(await filesOf(folder)).keys()].filter((path) => path.endsWith(".safetensors"));
  const files = await Promise.all(paths.map((path) => tensorsIn(join(folder, path))));
  return new Map(files.flatMap((tensors) => [...tensors]));
}

/** The output of a merge, in a fresh folder. */
export async function merged(input: Omit<MergeInput, "writing">): Promise<string> {
  const out = join(await scratch(), "merged");
  await merge({ ...input, writing: writing(out) }, unheard);
  return out;
}

/** Tensors that are not scales. */
export async function weightsOf(folder: string): Promise<Map<string, Held>> {
  const { evidence } = await inventoryOf(folder);
  const tensors = await tensorsBelow(folder);
  for (const { name } of evidence) tensors.delete(name);
  return tensors;
}

/** A file of scales in a fresh folder, and what `extract` told of it. */
export async function extractTo(file: string, input: ExtractInput) {
  const out = join(await scratch(), file);
  return { out, report: await extract({ ...input, out }, unheard) };
}
