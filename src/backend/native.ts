import { checkProblem, checkWrite } from "../attention/check.js";
import { elementsOf } from "../attention/pages.js";
import {
  type Attention,
  type CacheType,
  type CacheWrite,
  type PagedCache,
  type Pool,
  type Problem,
  queryCount,
} from "../attention/problem.js";
import { ADDON_WRITER, type Addon, type AddonPool } from "./addon.js";
import { NUMBER_OF_TYPE } from "./addon-words.js";
import type { Backend } from "./backend.js";
import { cancellable } from "./cancellable.js";
import { nativeCompute } from "./native-compute.js";

/** How calls of a native backend run. */
export interface NativeOptions {
  /** 0, the default: as many as the machine runs at once. */
  readonly threads?: number;
  /** An instruction set by name; default: KVSCALE_ISA, else the best of this machine. */
  readonly instructionSet?: string;
  /** Float32 products even where a BF16-dot path exists. */
  readonly precise?: boolean;
}

/** The typed interface over an addon: it translates words, and nothing is computed here. */
export function nativeBackend(addon: Addon, file: string, options: NativeOptions = {}): Backend {
  const info = addon.info();
  const chosen = info.isas.find(({ name, chosen }) =>
    options.instructionSet === undefined ? chosen : name === options.instructionSet,
  );
  return {
    name: info.backend,
    describe: () => ({
      name: info.backend,
      ...(chosen === undefined ? {} : { instructionSet: chosen.name }),
      instructionSets: info.isas.map(({ name, unavailable }) =>
        unavailable === null ? { name } : { name, unavailable },
      ),
      threads: options.threads ? options.threads : info.threads,
      file,
    }),
    arithmetic: (type) =>
      chosen?.bf16Dot && !options.precise && BF16_DOT.has(type) ? "bfloat16-dot" : "float32",
    attend: (problem, signal) => attend(addon, problem, options, signal),
    writeCache: (write, signal) => writeCache(addon, write, options, signal),
    compute: nativeCompute(addon, options),
  };
}

/** The types that a BF16 product holds exactly; the others keep float32 products. */
const BF16_DOT: ReadonlySet<CacheType> = new Set<CacheType>([
  "float8_e4m3fn",
  "float8_e4m3fnuz",
  "float8_e5m2",
  "bfloat16",
]);

async function attend(
  addon: Addon,
  problem: Problem,
  options: NativeOptions,
  signal: AbortSignal,
): Promise<Attention<Float32Array>> {
  checkProblem(problem);
  const { sequences, heads, alibi, sinks, cache } = problem;
  const rows = queryCount(problem) * heads;
  const attention = { out: new Float32Array(rows * cache.value.headSize), lse: new Float32Array(rows) };
  const call = {
    ...pagesOf(cache, options),
    ...attention,
    heads,
    sequences: sequences.lengths.length,
    maxBlocks: sequences.maxBlocks,
    blockTables: sequences.blockTables,
    seqLens: sequences.lengths,
    queryStarts: sequences.queryStarts,
    query: problem.query,
    softmaxScale: problem.softmaxScale,
    window: problem.window ?? 0,
    softcap: problem.softcap ?? 0,
    precise: options.precise ?? false,
    ...(alibi === undefined ? {} : { alibi }),
    ...(sinks === undefined ? {} : { sinks }),
  };
  await cancellable(addon, signal, "impossible-attention", (flag) => addon.attend(call, flag));
  return attention;
}

async function writeCache(
  addon: Addon,
  write: CacheWrite,
  options: NativeOptions,
  signal: AbortSignal,
): Promise<void> {
  checkWrite(write);
  const call = {
    ...pagesOf(write.cache, options),
    writer: ADDON_WRITER[write.writer],
    tokens: write.slots.length,
    keys: write.keys,
    values: write.values,
    slotMapping: BigInt64Array.from(write.slots, BigInt),
  };
  await cancellable(addon, signal, "impossible-attention", (flag) => addon.writeCache(call, flag));
}

function pagesOf(cache: PagedCache, { threads, instructionSet }: NativeOptions) {
  return {
    format: NUMBER_OF_TYPE[cache.type],
    kvHeads: cache.kvHeads,
    blockSize: cache.blockSize,
    blocks: cache.blocks,
    key: poolOf(cache.key, cache.type),
    value: poolOf(cache.value, cache.type),
    kScale: cache.scales.k,
    vScale: cache.scales.v,
    threads: threads ?? 0,
    ...(instructionSet === undefined ? {} : { isa: instructionSet }),
  };
}

function poolOf({ bytes, ...layout }: Pool, type: CacheType): AddonPool {
  return { ...layout, data: elementsOf(bytes, type) };
}
