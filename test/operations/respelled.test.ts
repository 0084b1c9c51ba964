import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFile, single, together } from "../../fixtures/recipes/files.js";
import { LLAMA, projections } from "../../fixtures/recipes/llama.js";
import { memorySource } from "../../src/checkpoint/memory.js";
import { plannedSource } from "../../src/checkpoint/planned.js";
import { readInventory } from "../../src/checkpoint/read-inventory.js";
import type { CheckpointSource } from "../../src/checkpoint/source.js";
import type { Inventory } from "../../src/inventory/inventory.js";
import { documentsOf } from "../../src/inventory/take.js";
import { scaleRows } from "../../src/operations/scale-rows.js";
import { planConvert } from "../../src/plan/convert.js";
import { emit } from "../../src/plan/emission.js";
import { encode } from "../../src/scales/encode.js";
import { headScale, tensorScale } from "../../src/scales/scale.js";
import { shownSite } from "../../src/scales/site.js";
import { WRITABLE } from "../../src/scales/spellings.js";
import { type CacheFormat, type Entry, type ScaleTable, tableOf } from "../../src/scales/table.js";
import { unheard } from "./desk.js";
import { madeUp, unexplained } from "./honesty.js";

const FORMATS: readonly CacheFormat[] = ["float8_e4m3fn", "float8_e4m3fnuz"];
const HEADS = 2;

/** A positive float32 of the size that scales have, the smallest and the largest included. */
const number = fc.double({ min: 2 ** -20, max: 4, noNaN: true }).map((value) => Math.fround(value));
const scale = fc.oneof(
  number.map(tensorScale),
  fc.array(number, { minLength: HEADS, maxLength: HEADS }).map(headScale),
);

/** Tables of two layers: pairs or one number for both, queries or none. */
const tables: fc.Arbitrary<ScaleTable> = fc
  .record({
    format: fc.constantFrom(...FORMATS),
    fused: fc.boolean(),
    queries: fc.boolean(),
    scales: fc.array(scale, { minLength: 6, maxLength: 6 }),
  })
  .map(({ format, fused, queries, scales }) => {
    const roles = [
      ...(fused ? (["kv"] as const) : (["k", "v"] as const)),
      ...(queries ? (["q"] as const) : []),
    ];
    const entries = [0, 1].flatMap((layer) =>
      roles.map((role, at): Entry => ({ site: siteAt(layer), role, scale: scales[3 * layer + at]! })),
    );
    return tableOf(format, entries);
  });

describe("a checkpoint in any writable spelling, converted to any other", () => {
  it.each(WRITABLE.flatMap((from) => WRITABLE.map((to) => [from, to] as const)))(
    "%s to %s: every value survives, or a loss is listed; nothing is made up",
    (from, to) =>
      fc.assert(
        fc.asyncProperty(
          tables,
          fc.constantFrom(...FORMATS),
          fc.boolean(),
          async (table, format, perHead) => {
            const source = checkpointOf(table, from);
            const before = await readInventory(source, unheard);
            const emission = { spelling: to, shape: [] as const, perHead, dialects: [], format };
            const emitted = emit(before.table, emission, documentsOf(before));
            const plan = planConvert(before, emitted, []);
            const after = await readInventory(plannedSource(plan, source, "result"), unheard);
            expect(after.table.format).toBe(format);
            expect(new Set(after.table.entries.map(({ found }) => found?.spelling))).toEqual(new Set([to]));
            expect(unexplained(told(before), told(after), plan.losses)).toEqual([]);
            expect(madeUp(told(before), told(after))).toEqual([]);
          },
        ),
        { numRuns: 25 },
      ),
  );
});

function told(inventory: Inventory) {
  return { format: inventory.table.format, scales: scaleRows(inventory) };
}

/** A model of two layers whose scales are spelled so. */
function checkpointOf(table: ScaleTable, spelling: string): CheckpointSource {
  const weights = [0, 1].flatMap((layer) => projections(siteAt(layer).path));
  const config = { ...LLAMA, num_hidden_layers: 2, kv_cache_torch_dtype: table.format };
  const { tensors } = encode(table, spelling, { perHead: true });
  return memorySource(
    "source",
    together(single([...weights, ...tensors]), new Map([["config.json", jsonFile(config)]])),
  );
}

function siteAt(layer: number) {
  return shownSite(`model.layers.${layer}.self_attn`)!;
}
