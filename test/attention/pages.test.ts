import { describe, expect, it } from "vitest";
import { type CacheShape, emptyCache, LAYOUTS, slotsOf } from "../../src/attention/layout.js";
import { elementsOf, gatherRows, writePages } from "../../src/attention/pages.js";
import { type CacheType, ELEMENT_BYTES, type PagedCache } from "../../src/attention/problem.js";
import { finish } from "../../src/attention/steps.js";

const shape: CacheShape = { kvHeads: 3, keySize: 5, valueSize: 2, blockSize: 4, blocks: 6 };
const scales = { k: Float32Array.of(0.5), v: Float32Array.of(2, 4, 8) };
const table = [5, 0, 3];
const ROWS = 10;

const keys = Float32Array.from({ length: ROWS * 3 * 5 }, (_, i) => i / 8);
const values = Float32Array.from({ length: ROWS * 3 * 2 }, (_, i) => -i);
const sequences = {
  lengths: Int32Array.of(ROWS),
  queryStarts: Int32Array.of(0, 1),
  blockTables: Int32Array.from(table),
  maxBlocks: 3,
};

function filled(cache: PagedCache): PagedCache {
  finish(writePages({ cache, writer: "cuda", keys, values, slots: slotsOf(table, 4, ROWS) }));
  return cache;
}

describe.each(LAYOUTS)("layout %s", (layout) => {
  it.each(Object.keys(ELEMENT_BYTES) as CacheType[])("gathers what was scattered, by way of %s", (type) => {
    const cache = filled(emptyCache(type, shape, scales, layout));
    for (const kvHead of [0, 1, 2]) {
      const range = { sequence: 0, kvHead, begin: 0, end: ROWS };
      const k = gatherRows({ cache, sequences }, cache.key, range).rows;
      const v = gatherRows({ cache, sequences }, cache.value, range).rows;
      const wanted = (from: Float32Array, size: number, scale: number) =>
        [...from].filter((_, i) => Math.floor(i / size) % 3 === kvHead).map((value) => value / scale);
      const relative = type === "float8_e5m2" ? 2 ** -3 : 2 ** -4;
      const close = (found: Float32Array, expected: number[]) =>
        expected.every((value, i) => Math.abs(found[i]! - value) <= Math.abs(value) * relative + 2 ** -10);
      expect(close(k, wanted(keys, 5, 0.5))).toBe(true);
      expect(close(v, wanted(values, 2, scales.v[kvHead]!))).toBe(true);
    }
  });

  it("puts each element at a place of its own, and leaves the other pages alone", () => {
    const cache = filled(emptyCache("float32", shape, scales, layout));
    const pools = layout.endsWith("interleaved") ? [cache.key] : [cache.key, cache.value];
    const written = pools
      .flatMap((pool) => [...elementsOf(pool.bytes, "float32")])
      .filter((value) => value !== 0);
    // Element 0 of keys and of values is itself a zero.
    expect(written).toHaveLength(ROWS * 3 * (5 + 2) - 2);
  });
});

it.each([
  ["NHD", { blockStride: 60, slotStride: 15, headStride: 5 }],
  ["HND", { blockStride: 60, slotStride: 5, headStride: 20 }],
  ["NHD-interleaved", { blockStride: 84, slotStride: 21, headStride: 7 }],
  ["HND-interleaved", { blockStride: 84, slotStride: 7, headStride: 28 }],
] as const)("%s has the strides of vLLM's tensors", (layout, strides) => {
  const cache = emptyCache("bfloat16", shape, scales, layout);
  expect(cache.key).toMatchObject(strides);
  expect(cache.value.bytes.byteOffset).toBe(layout.endsWith("interleaved") ? 5 * 2 : 0);
});

it("numbers slots by the block table", () => {
  expect([...slotsOf(table, 4, 10)]).toEqual([20, 21, 22, 23, 0, 1, 2, 3, 12, 13]);
});

it("gathers a range in the middle of a sequence", () => {
  const cache = filled(emptyCache("float32", shape, { ...scales, k: Float32Array.of(1) }));
  const { rows } = gatherRows({ cache, sequences }, cache.key, { sequence: 0, kvHead: 1, begin: 3, end: 6 });
  expect([...rows]).toEqual(
    [3, 4, 5].flatMap((row) => [...keys.subarray((row * 3 + 1) * 5, (row * 3 + 2) * 5)]),
  );
});

it("pauses after each row of either pool", () => {
  const cache = emptyCache("float8_e5m2", shape, scales);
  const write = { cache, writer: "cuda" as const, keys, values, slots: slotsOf(table, 4, ROWS) };
  expect([...writePages(write)]).toHaveLength(2 * ROWS);
});
