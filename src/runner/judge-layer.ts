import {
  type LayerShape,
  type LayerValues,
  layerProblem,
  type Softmax,
  UNIT_SCALES,
} from "../attention/layer.js";
import { type AttentionLoss, type ComparedCache, compareCaches } from "../attention/loss.js";
import type { CacheScales, CacheType, Problem } from "../attention/problem.js";
import { idealScales, type RangeUse, rangeOf } from "../attention/range.js";
import { boundsOf, checkKernel, type KernelCheck, TOLERANCES } from "../attention/tolerance.js";
import { judge, type Level, type Thresholds } from "../attention/verdict.js";
import type { Backend } from "../backend/backend.js";
import { takeTurns } from "../backend/turns.js";
import type { Fp8Format } from "../numeric/fp8.js";
import { type Deviation, deviation } from "../numeric/metrics.js";
import type { Writer } from "../numeric/quantise.js";

/** One layer to be judged: what it attends with, and the scales that its cache would have. */
export interface LayerTask {
  readonly shape: LayerShape;
  readonly values: LayerValues;
  readonly softmax: Softmax;
  readonly scales: CacheScales;
  readonly format: Fp8Format;
  /** The 16-bit cache that the FP8 cache would replace. */
  readonly half: "float16" | "bfloat16";
  readonly writer: Writer;
  readonly thresholds: Thresholds;
}

/** The figures of one layer. Stage A is `kernel`; the rest is stage B, what the 8-bit cache costs. */
export interface LayerFigures {
  readonly level: Level;
  readonly reasons: readonly string[];
  /** The backend against float64 on the same bytes: its own error, not the format's. */
  readonly kernel: KernelCheck;
  /** Float64 attention on what the cache holds, against the original values. */
  readonly loss: AttentionLoss;
  /** The same for each query head. */
  readonly heads: readonly AttentionLoss[];
  readonly k: RangeUse;
  readonly v: RangeUse;
  /** The backend with the FP8 cache against the same backend with a 16-bit cache. */
  readonly against16: Deviation;
  /** What the backend yields with either cache, against float64 on the original values. */
  readonly run: { readonly fp8: Deviation; readonly half: Deviation };
  /** The loss of the same layer under other scales and another format. */
  readonly contrast: {
    readonly unit: AttentionLoss;
    readonly ideal: AttentionLoss;
    readonly e5m2: AttentionLoss;
  };
}

/** Judges one layer by running it. Throws what the backend throws, and the signal's reason when it is raised. */
export async function judgeLayer(
  task: LayerTask,
  backend: Backend,
  signal: AbortSignal,
): Promise<LayerFigures> {
  const fill = (type: CacheType, scales: CacheScales) => filled(task, type, scales, backend, signal);
  const original = await fill("float32", UNIT_SCALES);
  const stored = await fill(task.format, task.scales);
  const half = await fill(task.half, UNIT_SCALES);
  const contrasts = [
    await fill(task.format, UNIT_SCALES),
    await fill(task.format, idealOf(task)),
    await fill("float8_e5m2", UNIT_SCALES),
  ];
  const compared = await takeTurns(compareCaches(original, [stored, ...contrasts]), signal);
  const [own, unit, ideal, e5m2] = compared.others as [
    ComparedCache,
    ComparedCache,
    ComparedCache,
    ComparedCache,
  ];
  const found = await backend.attend(stored, signal);
  const found16 = await backend.attend(half, signal);
  const ranges = rangesOf(task);
  const keys = task.values.keys.length / (task.shape.kvHeads * task.shape.keySize);
  const bounds = boundsOf(keys, task.values.values, task.values.query);
  const kernel = checkKernel(own.exact, found, bounds, TOLERANCES[backend.arithmetic(task.format)]);
  return {
    ...verdictOf({ loss: own.loss, ...ranges }, kernel, own.exact.out, task.thresholds),
    kernel,
    loss: own.loss,
    heads: Array.from({ length: task.shape.heads }, (_, head) => own.ofHead(head)),
    ...ranges,
    against16: deviation(found16.out, found.out),
    run: {
      fp8: deviation(compared.original.out, found.out),
      half: deviation(compared.original.out, found16.out),
    },
    contrast: { unit: unit.loss, ideal: ideal.loss, e5m2: e5m2.loss },
  };
}

/** The layer's problem over a cache of some type, with its values written into the pages. */
async function filled(
  { shape, values, softmax, writer }: LayerTask,
  type: CacheType,
  scales: CacheScales,
  backend: Backend,
  signal: AbortSignal,
): Promise<Problem> {
  const own = type.startsWith("float8") ? writer : "cuda";
  const { problem, write } = layerProblem(shape, values, softmax, { type, scales, writer: own });
  await backend.writeCache(write, signal);
  return problem;
}

/** The scales that put each layer's (or head's) largest value on the largest code. */
function idealOf({ values, format, shape, scales }: LayerTask): CacheScales {
  const per = (of: Float32Array) => (of.length === 1 ? "tensor" : "head");
  return {
    k: idealScales(values.keys, format, { heads: shape.kvHeads, size: shape.keySize }, per(scales.k)),
    v: idealScales(values.values, format, { heads: shape.kvHeads, size: shape.valueSize }, per(scales.v)),
  };
}

function rangesOf({ values, scales, format, shape }: LayerTask): { k: RangeUse; v: RangeUse } {
  return {
    k: rangeOf(values.keys, scales.k, format, { heads: shape.kvHeads, size: shape.keySize }),
    v: rangeOf(values.values, scales.v, format, { heads: shape.kvHeads, size: shape.valueSize }),
  };
}

/** A kernel that misses its own tolerance makes every other figure worthless; NaN among the values is not its fault. */
function verdictOf(
  figures: { loss: AttentionLoss; k: RangeUse; v: RangeUse },
  kernel: KernelCheck,
  exact: Float64Array,
  thresholds: Thresholds,
): { level: Level; reasons: readonly string[] } {
  const { level, reasons } = judge(figures, thresholds);
  if (kernel.holds || exact.some(Number.isNaN)) return { level, reasons };
  const missed = `the kernel misses its tolerance (relative L2 ${kernel.relativeL2.toExponential(1)})`;
  return { level: "fail", reasons: [missed, ...reasons] };
}
