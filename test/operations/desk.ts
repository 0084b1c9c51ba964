import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { openRef } from "../../src/checkpoint/open.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import type { Io } from "../../src/events.js";
import type { Inventory } from "../../src/inventory/inventory.js";
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
