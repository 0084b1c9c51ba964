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
import { dataRefusal } from "../errors.js";
import {
  ADDON_FORMAT,
  ADDON_WRITER,
  type Addon,
  type AddonCancelFlag,
  type AddonFormat,
  type AddonPool,
} from "./addon.js";
import type { Backend } from "./backend.js";
import { referenceCompute } from "./reference-compute.js";

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
    compute: referenceCompute,
  };
}

const FORMATS: { readonly [type in CacheType]: AddonFormat } = {
  float8_e4m3fn: ADDON_FORMAT.e4m3fn,
  float8_e4m3fnuz: ADDON_FORMAT.e4m3fnuz,
  float8_e5m2: ADDON_FORMAT.e5m2,
  float16: ADDON_FORMAT.f16,
  bfloat16: ADDON_FORMAT.bf16,
  float32: ADDON_FORMAT.f32,
};

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
  await cancellable(addon, signal, (flag) => addon.attend(call, flag));
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
  await cancellable(addon, signal, (flag) => addon.writeCache(call, flag));
}

/** Raises the addon's flag when the signal is raised, and speaks of both in our words. */
async function cancellable(
  addon: Addon,
  signal: AbortSignal,
  call: (flag: AddonCancelFlag) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const flag = new addon.CancelFlag();
  const cancel = () => flag.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await call(flag);
  } catch (error) {
    signal.throwIfAborted();
    throw isRefused(error)
      ? dataRefusal("impossible-attention", {
          expected: "a problem that the native kernel accepts",
          found: error.message,
          cause: error,
        })
      : error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  signal.throwIfAborted();
}

function isRefused(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "refused";
}

function pagesOf(cache: PagedCache, { threads, instructionSet }: NativeOptions) {
  return {
    format: FORMATS[cache.type],
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
