import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKPOINTS, everyFile } from "../fixtures/generate.js";
import { HOSTILE } from "../fixtures/recipes/hostile-cases.js";
import { SPELLINGS } from "../src/scales/spellings.js";
import { inventoryOf } from "./operations/desk.js";

const ROOT = resolve(import.meta.dirname, "../fixtures");

/** Files below the made folders, as they are committed. */
function committed(): Map<string, Uint8Array> {
  const files = ["checkpoints", "hostile"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(files.map((path) => [path.slice(ROOT.length + 1), new Uint8Array(readFileSync(path))]));
}

describe("the fixtures", () => {
  it("are byte for byte what the generator makes (else: npm run fixtures)", () => {
    const [made, held] = [everyFile(), committed()];
    expect([...held.keys()].sort()).toEqual([...made.keys()].sort());
    const different = [...made].filter(([path, bytes]) => !Buffer.from(bytes).equals(held.get(path)!));
    expect(different.map(([path]) => path)).toEqual([]);
  });

  it("are made alike twice in one process", () => {
    const again = everyFile();
    for (const [path, bytes] of everyFile()) expect(Buffer.from(bytes).equals(again.get(path)!)).toBe(true);
  });

  it("are small: a hundred kilobytes each at most, a megabyte together", () => {
    const totals = new Map<string, number>();
    for (const [path, { length }] of everyFile()) {
      const fixture = path.split("/", 2).join("/");
      totals.set(fixture, (totals.get(fixture) ?? 0) + length);
    }
    expect(Math.max(...totals.values())).toBeLessThan(100_000);
    expect([...totals.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });

  it("say in one line what they are", () => {
    const lines = Object.values({ ...CHECKPOINTS, ...HOSTILE }).map(([about]) => about);
    expect(lines.filter((line) => line.length < 10 || line.length > 100 || line.includes("\n"))).toEqual([]);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it("hold every spelling that a producer writes", async () => {
    const found = new Set<string>();
    for (const name of Object.keys(CHECKPOINTS)) {
      const { table } = await inventoryOf(`fixtures/checkpoints/${name}`);
      for (const entry of table.entries) found.add(entry.found!.spelling);
    }
    const read = SPELLINGS.filter(({ status }) => status !== "refused").map(({ id }) => id);
    expect(read.filter((id) => !found.has(id))).toEqual(NEVER_WRITTEN);
  });
});

/** Rows of the table that no released producer puts into a checkpoint's files. */
const NEVER_WRITTEN = ["twice-fused-qkv", "trtllm-pair", "quark-quantizer"];
