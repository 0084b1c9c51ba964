import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "../../src/checkpoint/memory.js";
import { plannedSource } from "../../src/checkpoint/planned.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import { undeclare } from "../../src/config/declare.js";
import type { EngineId } from "../../src/engines/engine.js";
import { isRefusal } from "../../src/errors.js";
import type { Inventory } from "../../src/inventory/inventory.js";
import { documentsOf } from "../../src/inventory/take.js";
import { emissionFor, sidecarFor } from "../../src/operations/emission.js";
import { planConvert } from "../../src/plan/convert.js";
import { emit } from "../../src/plan/emission.js";
import { planMerge } from "../../src/plan/merge.js";
import type { Plan } from "../../src/plan/plan.js";
import { planStrip } from "../../src/plan/strip.js";
import { headScale, tensorScale } from "../../src/scales/scale.js";
import { type Entry, type ScaleTable, tableOf } from "../../src/scales/table.js";
import { type Held, tensorsOf, unheard } from "../operations/desk.js";
import { filesOf, type Layout, layouts, STALE, stemOf } from "./arbitrary.js";

const RUNS = { numRuns: 120 };

const engines = fc.constantFrom<(EngineId | undefined)[]>(
  undefined,
  "vllm",
  "tgi-2028",
  "tensorrt-llm",
  "lightllm",
  "sglang-legacy",
);

describe("every plan", () => {
  it("of a merge keeps the laws of a checkpoint", () =>
    fc.assert(
      fc.asyncProperty(
        layouts,
        engines,
        fc.boolean(),
        fc.boolean(),
        async (layout, engine, singleFile, heads) => {
          const base = await read(layout);
          const table = scalesFor(base, heads);
          const emitted = emit(table, emissionFor(table, engine, base.weights), documentsOf(base));
          const { texts } = sidecarFor(table, engine, base, 1);
          const choices = { replace: true, singleFile, sidecars: texts };
          const plan = orNameTaken(() => planMerge(base, emitted, choices));
          if (plan === undefined) return;
          const result = await expectLawful(layout, base, plan);
          if (!singleFile) expectWeightsKept(layout, plan);
          const names = emitted.tensors.map(({ name }) => name);
          expect([...result.keys()].filter((name) => !isWeight(name)).sort()).toEqual(names.sort());
        },
      ),
      RUNS,
    ));

  it("of a conversion keeps the laws of a checkpoint", () =>
    fc.assert(
      fc.asyncProperty(layouts, engines, async (layout, engine) => {
        const source = await read(layout);
        if (source.table.entries.length === 0) return;
        const { table } = source;
        const emitted = emit(table, emissionFor(table, engine, source.weights), documentsOf(source));
        const { texts } = sidecarFor(table, engine, source, 1);
        const plan = orNameTaken(() => planConvert(source, emitted, texts));
        if (plan === undefined) return;
        const result = await expectLawful(layout, source, plan);
        expectWeightsKept(layout, plan);
        const names = emitted.tensors.map(({ name }) => name);
        expect([...result.keys()].filter((name) => !isWeight(name)).sort()).toEqual(names.sort());
      }),
      RUNS,
    ));

  it("of a strip keeps the laws of a checkpoint, and no scale", () =>
    fc.assert(
      fc.asyncProperty(layouts, async (layout) => {
        const source = await read(layout);
        const plan = planStrip(source, undeclare(documentsOf(source)));
        const result = await expectLawful(layout, source, plan);
        expectWeightsKept(layout, plan);
        expect([...result.keys()].filter((name) => !isWeight(name))).toEqual([]);
      }),
      RUNS,
    ));
});

describe("a strip after a merge", () => {
  it("gives every indexed and every lone base back, byte for byte", () =>
    fc.assert(
      fc.asyncProperty(layouts, engines, fc.boolean(), async (layout, engine, heads) => {
        fc.pre(layout.scales === "none" && (layout.index ? isUsual(layout) : isLone(layout)));
        const source = memorySource("source", filesOf(layout));
        const base = await readInventory(source, unheard);
        const table = scalesFor(base, heads);
        const emitted = emit(table, emissionFor(table, engine, base.weights), documentsOf(base));
        const { texts } = sidecarFor(table, engine, base, 1);
        const plan = planMerge(base, emitted, { replace: false, singleFile: false, sidecars: texts });
        const merged = plannedSource(plan, source, "merged");
        const full = await readInventory(merged, unheard);
        const back = planStrip(full, undeclare(documentsOf(full)));
        expect(full.table.entries.length).toBeGreaterThan(0);
        expect(await contents(plannedSource(back, merged, "back"))).toEqual(
          new Map([...filesOf(layout)].sort(([a], [b]) => (a < b ? -1 : 1))),
        );
      }),
      { numRuns: 60 },
    ));
});

/** Several files, none of which transformers would read alone. */
function isUsual({ shards }: Layout): boolean {
  return shards.length > 1 && !shards.includes("model.safetensors");
}

/** One file under the name that loaders look for. */
function isLone({ shards }: Layout): boolean {
  return shards.length === 1 && /^(model|consolidated)\.safetensors$/.test(shards[0]!);
}

/** Checks what holds for every planned checkpoint, and gives the tensors that an engine would load. */
async function expectLawful(layout: Layout, source: Inventory, plan: Plan): Promise<Map<string, Held>> {
  const outputs = plan.steps.flatMap((step) =>
    step.step === "delete" ? [] : [step.step === "keep" ? step.as : step.path],
  );
  expect(new Set(outputs).size).toBe(outputs.length);
  const fresh = outputs.filter((path) => !source.files.some((file) => file.path === path));
  expect(fresh.filter((path) => /args|arguments|training/.test(path))).toEqual([]);
  const dropped = plan.steps.flatMap((step) => (step.step === "delete" ? [step.path] : []));
  expect(dropped.filter((path) => outputs.includes(path))).toEqual([]);

  const planned = plannedSource(plan, memorySource("source", filesOf(layout)), "result");
  const files = await contents(planned);
  expect([...files.keys()].sort()).toEqual([...outputs].sort());
  const shards = [...files].filter(([path]) => path.endsWith(".safetensors"));
  const indexes = [...files.keys()].filter((path) => path.endsWith(".index.json"));
  expect(indexes).toEqual(indexes.slice(0, 1));
  const index = files.get(indexes[0] ?? "");
  const held = shards.map(([path, bytes]) => [path, tensorsOf(Buffer.from(bytes))] as const);
  const loaded = index === undefined ? held : held.filter(([, tensors]) => !tensors.has(STALE));
  const places = loaded.flatMap(([path, tensors]) =>
    [...tensors.keys()].map((name) => [name, path] as const),
  );
  expect(new Set(places.map(([name]) => name)).size).toBe(places.length);
  if (index === undefined) expect(loaded.length === 1 || source.index === undefined).toBe(true);
  else expectIndexed(Buffer.from(index).toString(), loaded, places);
  if (stemOf(layout) === "consolidated")
    expect(loaded.map(([path]) => path).filter((path) => !path.startsWith("consolidated"))).toEqual([]);
  const result = new Map(loaded.flatMap(([, tensors]) => [...tensors]));
  expect(new Map([...result].filter(([name]) => isWeight(name)))).toEqual(weightsOf(layout));
  expect(await readInventory(planned, unheard)).toBeDefined();
  return result;
}

/** A file of nothing but weights is not written again, whatever happens to others. */
function expectWeightsKept(layout: Layout, plan: Plan): void {
  const files = [...filesOf(layout)].filter(([path]) => path.endsWith(".safetensors"));
  const plain = files.filter(([, bytes]) => [...tensorsOf(Buffer.from(bytes)).keys()].every(isWeight));
  const kept = plan.steps.flatMap((step) => (step.step === "keep" ? [step.path] : []));
  expect(plain.map(([path]) => path).filter((path) => !kept.includes(path))).toEqual([]);
}

function expectIndexed(
  text: string,
  loaded: readonly (readonly [string, ReadonlyMap<string, Held>])[],
  places: readonly (readonly [string, string])[],
): void {
  const index = JSON.parse(text) as { metadata: { total_size: number }; weight_map: Record<string, string> };
  expect(new Map(Object.entries(index.weight_map))).toEqual(new Map(places));
  expect(text.match(/\.safetensors"/g)?.length).toBe(places.length);
  const bytes = loaded.flatMap(([, tensors]) => [...tensors.values()].map(({ hex }) => hex.length / 2));
  expect(index.metadata.total_size).toBe(bytes.reduce((sum, size) => sum + size, 0));
}

function weightsOf(layout: Layout): Map<string, Held> {
  const shards = [...filesOf(layout)].filter(([path]) => path.endsWith(".safetensors"));
  const tensors = shards.flatMap(([, bytes]) => [...tensorsOf(Buffer.from(bytes))]);
  return new Map(tensors.filter(([name]) => isWeight(name) && name !== STALE));
}

function isWeight(name: string): boolean {
  return name.endsWith(".weight");
}

async function contents(source: ReturnType<typeof plannedSource>): Promise<Map<string, Uint8Array>> {
  const { signal } = unheard;
  const files = (await source.list(signal)).map(async ({ path, size }) => {
    const [bytes] = await source.read(path, [[0, size]], signal);
    return [path, bytes!] as const;
  });
  return new Map(await Promise.all(files));
}

async function read(layout: Layout): Promise<Inventory> {
  return readInventory(memorySource("source", filesOf(layout)), unheard);
}

function scalesFor({ sites }: Inventory, heads: boolean): ScaleTable {
  const entries = sites.flatMap((site, at) =>
    (["k", "v"] as const).map((role, second): Entry => {
      const value = Math.fround((1 + at + second) / 64);
      return { site, role, scale: heads ? headScale([value, value / 2]) : tensorScale(value) };
    }),
  );
  return tableOf("float8_e4m3fn", entries);
}

/** A base may hold a file under the very name that the scales would take; that alone may be refused. */
function orNameTaken(plan: () => Plan): Plan | undefined {
  try {
    return plan();
  } catch (error) {
    if (isRefusal(error) && error.code === "name-taken") return undefined;
    throw error;
  }
}
