import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import type { Event, Io } from "../../src/events.js";

/** Files by relative path. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** An Io that remembers what it was told; `stop` aborts it. */
export interface HeardIo extends Io {
  readonly events: Event[];
  stop(): void;
}

/** A fresh directory for one test, removed after it. */
export async function scratchFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "kvscale-test-")));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** Writes files below a folder. */
export async function writeTree(folder: string, files: Files): Promise<string> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

/** What a directory holds, links followed: contents by relative path. */
export async function readTree(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isDirectory()) files.set(path.slice(folder.length + 1), new Uint8Array(await readFile(path)));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Everything about a directory that a careless writer could change: kinds, modes, times, links, contents. */
export async function fingerprint(folder: string): Promise<Map<string, string>> {
  const prints = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    const stats = await stat(path);
    const link = entry.isSymbolicLink() ? await readlink(path) : "";
    const bytes = stats.isFile() ? (await readFile(path)).toString("base64") : "";
    prints.set(path, [stats.mode, stats.isFile() ? stats.mtimeMs : "", link, bytes].join(" "));
  }
  return prints;
}

export function heardIo(): HeardIo {
  const controller = new AbortController();
  const events: Event[] = [];
  const emit = (event: Event) => void events.push(event);
  return { events, emit, signal: controller.signal, stop: () => controller.abort() };
}
