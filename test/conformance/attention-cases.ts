import { emptyCache, LAYOUTS, type LayoutName, slotsOf } from "../../src/attention/layout.js";
import { type CacheType, type CacheWrite, ELEMENT_BYTES, type Problem } from "../../src/attention/problem.js";
import { decodeTable } from "../../src/numeric/fp8.js";
import { bf16ToNumber, numberToBf16 } from "../../src/numeric/half.js";
import type { Writer } from "../../src/numeric/quantise.js";
import { type Random, randomFrom } from "../../src/numeric/random.js";

/** What keys and values of a case look like; queries are normal, and shrunk where keys are stretched. */
type Data = "normal" | "small values" | "outliers" | "k-offset" | "constant values" | "one hot" | "ties";

/** One shape of the suite; what it does not say is that of `PLAIN`. */
export interface AttentionCase {
  readonly heads: readonly [query: number, kv: number];
  readonly sizes: readonly [key: number, value: number];
  readonly block: number;
  /** Per sequence: keys, and how many queries stand at its end. */
  readonly sequences: readonly (readonly [keys: number, queries: number])[];
  readonly type: CacheType;
  readonly writer: Writer;
  readonly layout: LayoutName;
  readonly data: Data;
  /** One number, or one per KV head. Data are multiplied by `spread`, so that they fit. */
  readonly k: readonly number[];
  readonly v: readonly number[];
  readonly spread: number;
  readonly softmaxScale?: number;
  readonly window?: number;
  readonly softcap?: number;
  readonly alibi?: boolean;
  readonly sinks?: boolean;
  /** True for queries that BF16 cannot hold; the others are BF16 numbers, as a model's are. */
  readonly fullQuery?: boolean;
}

const PLAIN: AttentionCase = {
  heads: [8, 2],
  sizes: [64, 64],
  block: 16,
  sequences: [
    [1, 1],
    [17, 1],
    [0, 1],
    [213, 1],
  ],
  type: "float8_e4m3fn",
  writer: "cuda",
  layout: "NHD",
  data: "normal",
  k: [0.5],
  v: [0.25],
  spread: 1,
};

const TYPES: readonly CacheType[] = Object.keys(ELEMENT_BYTES) as CacheType[];

/** The shapes that vLLM's, FlashInfer's and SGLang's own tests use between them, thinned out, and the edges they lack. */
export const ATTENTION_CASES: readonly (readonly [name: string, shape: AttentionCase])[] = Object.entries({
  plain: {},
  ...each(TYPES, (type) => [`cache of ${type}`, { type }]),
  ...each(["float8_e4m3fn", "float8_e5m2"] as const, (type) => [
    `vllm-cpu writer of ${type}`,
    { type, writer: "vllm-cpu" as const },
  ]),
  ...each(LAYOUTS, (layout) => [`layout ${layout}`, { layout, sizes: [48, 33] as const }]),
  ...each([1, 8, 32, 48, 96, 128, 256], (block) => [`pages of ${block}`, { block }]),
  ...each([16, 33, 80, 96, 112, 120, 128, 192, 256, 512], (size) => [
    `head size ${size}`,
    { sizes: [size, size] as const, softmaxScale: size ** -0.5 },
  ]),
  "latent shapes: 576 and 512": { heads: [4, 1], sizes: [576, 512] },
  ...each(
    [
      [4, 4],
      [9, 3],
      [5, 1],
      [6, 1],
      [32, 8],
      [40, 8],
      [64, 8],
    ] as const,
    (heads) => [`${heads[0]} query heads on ${heads[1]}`, { heads, sizes: [32, 32] as const }],
  ),
  ...each([312, 1234, 4162, 7812], (keys) => [
    `${keys} keys`,
    { sequences: [[keys, 1]] as const, heads: [2, 1] as const, sizes: [32, 32] as const },
  ]),
  "39275 keys": { sequences: [[39_275, 1]], heads: [1, 1], sizes: [16, 16] },
  "scale 1": { k: [1], v: [1] },
  "scales per head": { k: [0.75, 0.25], v: [0.5, 1.5] },
  "calibrated scales": { k: [4.7 / 448], v: [4.9 / 448] },
  "scales with head-room": { k: [4.7 / 256], v: [4.9 / 256] },
  "tiny scales": { k: [2 ** -14], v: [2 ** -14], spread: 2 ** -8 },
  "huge scales": { k: [2 ** 10], v: [2 ** 10], spread: 2 ** 8 },
  prefill: {
    sequences: [
      [37, 37],
      [5, 5],
      [16, 16],
    ],
  },
  "chunked prefill": {
    sequences: [
      [134, 5],
      [98, 98],
      [33, 2],
    ],
  },
  ...each([1, 5, 64, 128, 256], (window) => [
    `window of ${window}`,
    {
      window,
      sequences: [
        [300, 1],
        [90, 7],
      ] as const,
    },
  ]),
  ...each([0.5, 30, 50], (softcap) => [`soft cap at ${softcap}`, { softcap, softmaxScale: 1 }]),
  ALiBi: {
    alibi: true,
    sequences: [
      [200, 1],
      [60, 9],
    ],
  },
  sinks: { sinks: true },
  "all at once": {
    ...{ alibi: true, sinks: true, window: 40, softcap: 3, k: [0.75, 0.25], v: [0.5, 1.5], layout: "HND" },
    sequences: [
      [100, 3],
      [31, 31],
    ],
  },
  "small values at scale 1": { data: "small values", k: [1], v: [1], sequences: [[700, 1]] },
  outliers: { data: "outliers", sequences: [[700, 1]] },
  "offset channels of K": { data: "k-offset", k: [604 / 448], sequences: [[400, 1]] },
  "constant values": { data: "constant values", sequences: [[513, 1]] },
  "keys and values halfway between codes": { data: "ties", k: [0.023], v: [1 / 3], sequences: [[40, 1]] },
  "weights of one key": { data: "one hot", softmaxScale: 8, sequences: [[100, 1]] },
  "a softmax scale of 1": { softmaxScale: 1 },
  "a query that BF16 cannot hold": { fullQuery: true },
} satisfies Record<string, Partial<AttentionCase>>).map(([name, shape]) => [name, { ...PLAIN, ...shape }]);

/** The problem of a case over fresh pages full of NaN, and the write that fills them. */
export function buildCase(shape: AttentionCase): { readonly problem: Problem; readonly write: CacheWrite } {
  const [heads, kvHeads] = shape.heads;
  const [keySize, valueSize] = shape.sizes;
  const pages = shape.sequences.map(([keys]) => Math.ceil(keys / shape.block));
  const blocks = pages.reduce((sum, count) => sum + count, 3);
  const order = shuffled(blocks, randomFrom(1, blocks));
  const maxBlocks = Math.max(1, ...pages);
  const tables = pages.map((count) => Array.from({ length: count }, () => order.pop()!));
  const scales = { k: Float32Array.from(shape.k), v: Float32Array.from(shape.v) };
  const sizes = { kvHeads, keySize, valueSize, blockSize: shape.block, blocks };
  const cache = emptyCache(shape.type, sizes, scales, shape.layout);
  // All bits set is a NaN in every type but fnuz, whose only one is 0x80.
  for (const pool of [cache.key, cache.value])
    pool.bytes.fill(shape.type === "float8_e4m3fnuz" ? 0x80 : 0xff);
  const rows = shape.sequences.reduce((sum, [keys]) => sum + keys, 0);
  const queries = shape.sequences.map(([, count]) => count);
  const slots = tables.flatMap((table, n) => [...slotsOf(table, shape.block, shape.sequences[n]![0])]);
  const junk = blocks + 1000;
  return {
    write: {
      cache,
      writer: shape.writer,
      // The last row is padding of a batch and must go nowhere.
      keys: draw("k", shape, (rows + 1) * kvHeads, keySize),
      values: draw("v", shape, (rows + 1) * kvHeads, valueSize),
      slots: Int32Array.from([...slots, -1]),
    },
    problem: {
      cache,
      heads,
      query: draw("q", shape, queries.reduce((sum, count) => sum + count, 0) * heads, keySize),
      sequences: {
        lengths: Int32Array.from(shape.sequences, ([keys]) => keys),
        queryStarts: Int32Array.from({ length: queries.length + 1 }, (_, n) =>
          queries.slice(0, n).reduce((sum, count) => sum + count, 0),
        ),
        blockTables: Int32Array.from({ length: pages.length * maxBlocks }, (_, i) => {
          return tables[Math.floor(i / maxBlocks)]![i % maxBlocks] ?? junk;
        }),
        maxBlocks,
      },
      softmaxScale: shape.softmaxScale ?? keySize ** -0.5,
      window: shape.window ?? 0,
      softcap: shape.softcap ?? 0,
      ...(shape.alibi ? { alibi: Float32Array.from({ length: heads }, (_, head) => 2 ** -(head + 1)) } : {}),
      ...(shape.sinks ? { sinks: Float32Array.from({ length: heads }, (_, head) => 2 * head - 3) } : {}),
    },
  };
}

const drawnBefore = new Map<string, Float32Array>();

/** Drawn once for all backends: nobody may write to it. */
function draw(role: "q" | "k" | "v", shape: AttentionCase, rows: number, size: number): Float32Array {
  const key = JSON.stringify([role, shape.data, shape.spread, shape.fullQuery, rows, size]);
  const drawn = drawnBefore.get(key) ?? drawAnew(role, shape, rows, size);
  drawnBefore.set(key, drawn);
  return drawn;
}

function drawAnew(role: "q" | "k" | "v", shape: AttentionCase, rows: number, size: number): Float32Array {
  const random = randomFrom(7, ["q", "k", "v"].indexOf(role));
  const spread = role === "q" ? 1 / shape.spread : shape.spread;
  return Float32Array.from({ length: rows * size }, (_, i) => {
    const drawn = spread * element(role, shape.data, i % size, random);
    return role === "q" && !shape.fullQuery ? bf16ToNumber(numberToBf16(drawn)) : drawn;
  });
}

function element(role: "q" | "k" | "v", data: Data, channel: number, random: Random): number {
  const normal = random.normal();
  if (data === "ties" && role !== "q")
    return halfway(random) * (role === "k" ? Math.fround(0.023) : Math.fround(1 / 3));
  if (data === "small values") return role === "v" ? 0.02 * normal : normal;
  if (data === "outliers") return normal + (random.uniform() < 0.001 ? 10 * random.normal() : 0);
  if (data === "constant values" && role === "v") return 0.75 + channel;
  if (data === "k-offset" && role === "k") return normal + (channel === 5 ? 600 : channel === 40 ? -350 : 0);
  return normal;
}

/** A number in the middle of two neighbouring e4m3fn codes. */
function halfway(random: Random): number {
  const table = decodeTable("float8_e4m3fn");
  const code = random.integer() % 0x7e;
  return (random.uniform() < 0.5 ? -1 : 1) * ((table[code]! + table[code + 1]!) / 2);
}

function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer() % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function each<Item, Shape>(
  items: readonly Item[],
  name: (item: Item) => readonly [string, Shape],
): Record<string, Shape> {
  return Object.fromEntries(items.map(name));
}
