import { createHash } from "node:crypto";
import { arch, platform } from "node:os";
import { readInventory } from "../checkpoint/read-inventory.js";
import type { CheckpointSource, SourceFile } from "../checkpoint/source.js";
import type { Io } from "../events.js";
import type { ScaleTable } from "../scales/table.js";
import { headerLength } from "../tensors/header.js";
import { type Deps, followingDeps, localDeps } from "./deps.js";

/** What a report was made from and by, so that it can be made again and compared. */
export interface Provenance {
  /** The command line, without secrets. */
  readonly command: string;
  /** When, in ISO 8601. */
  readonly made: string;
  readonly versions: readonly { readonly of: string; readonly version: string }[];
  readonly inputs: readonly InputPrint[];
  /** Text, token ids or statistics that were read besides checkpoints. */
  readonly given?: readonly FilePrint[];
}

/** One checkpoint that was read, or written, by its hashes. */
export interface InputPrint {
  readonly label: string;
  /** Set where it is what the command wrote. */
  readonly written?: true;
  /** SHA-256 of the scales' sites, roles and exact numbers, wherever and however they are stored; null without scales. */
  readonly scales: string | null;
  readonly files: readonly FilePrint[];
}

/** One file. Of a safetensors file the header is hashed, which names every tensor and its place: never the weights. */
export interface FilePrint {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly of: "file" | "header";
}

/** What the process knows of itself. */
export interface Making {
  readonly command: string;
  readonly kvscale: string;
  readonly backend?: string;
  /** Files of text, token ids or statistics that it read. */
  readonly given?: readonly string[];
  /** Checkpoints and files of scales that it wrote. */
  readonly written?: readonly string[];
}

/** Reads the headers and small files of `refs` once more and hashes them. */
export async function provenanceOf(
  refs: readonly string[],
  { command, kvscale, backend, given = [], written = [] }: Making,
  io: Io,
  deps: Deps = localDeps,
): Promise<Provenance> {
  const quiet: Io = { signal: io.signal, emit: () => {} };
  const inputs: InputPrint[] = [];
  for (const ref of refs) inputs.push(await printOf(await deps.open(ref, quiet), quiet));
  // Links in what we wrote are our own, wherever they lead.
  for (const path of written)
    inputs.push({ ...(await printOf(await followingDeps.open(path, quiet), quiet)), written: true });
  const versions = [
    { of: "kvscale", version: kvscale },
    { of: "Node", version: process.version },
    { of: "platform", version: `${platform()} ${arch()}` },
    ...(backend === undefined ? [] : [{ of: "backend", version: backend }]),
  ];
  const texts = await Promise.all(given.map((path) => textPrint(path, deps, io.signal)));
  return {
    ...{ command, made: new Date().toISOString(), versions, inputs },
    ...(texts.length > 0 && { given: texts }),
  };
}

async function textPrint(path: string, deps: Deps, signal: AbortSignal): Promise<FilePrint> {
  const bytes = new TextEncoder().encode(await deps.readText(path, signal));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { path, bytes: bytes.length, sha256, of: "file" };
}

async function printOf(source: CheckpointSource, io: Io): Promise<InputPrint> {
  const { table } = await readInventory(source, io);
  const worth = (await source.list(io.signal)).filter(({ path, size }) => isWorthHashing(path, size));
  const files: FilePrint[] = [];
  for (const file of worth) files.push(await filePrint(source, file, io.signal));
  return { label: source.label, scales: table.entries.length === 0 ? null : hashOfScales(table), files };
}

/** Tensor files by their headers, and the JSON files that decide what becomes of scales. */
function isWorthHashing(path: string, size: number): boolean {
  if (path.endsWith(".safetensors")) return size >= 8;
  return (
    path.endsWith(".json") &&
    !/(?:^|\/)(?:tokenizer|vocab|merges|special_tokens)/.test(path) &&
    size < LARGEST
  );
}

const LARGEST = 32_000_000;

async function filePrint(
  source: CheckpointSource,
  { path, size }: SourceFile,
  signal: AbortSignal,
): Promise<FilePrint> {
  const tensors = path.endsWith(".safetensors");
  const end = tensors ? 8 + headerLength((await source.read(path, [[0, 8]], signal))[0]!, size, path) : size;
  const [bytes] = await source.read(path, [[0, end]], signal);
  const sha256 = createHash("sha256").update(bytes!).digest("hex");
  return { path, bytes: size, sha256, of: tensors ? "header" : "file" };
}

/** Stays the same when scales are respelled or moved without loss. */
export function hashOfScales({ format, entries }: ScaleTable): string {
  const hash = createHash("sha256").update(format);
  for (const { site, role, scale } of entries) {
    hash.update(`\n${JSON.stringify([site.kind, site.layer, role])} `);
    hash.update(new Uint8Array(Float64Array.from(scale.values).buffer));
  }
  return hash.digest("hex");
}
