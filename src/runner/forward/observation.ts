import { amaxOfHead, type RangeUse, rangeOf } from "../../attention/range.js";
import { channelPeaks, keptPeaks, medianPeak } from "../../calibration/channels.js";
import type { Outlier } from "../../model/advice.js";
import { FP8_FORMATS, type Fp8Format } from "../../numeric/fp8.js";
import { type Deviation, deviation } from "../../numeric/metrics.js";
import type { Kept, Reach } from "./stream.js";
import type { LayerInput } from "./through-cache.js";

/** One stream at one layer. */
export interface StreamAtLayer {
  readonly name: string;
  /** Attention output with this stream's cache against the reference's, both from the reference's input. */
  readonly local: Deviation;
  /** Relative L2 distance of the residual from the reference's, after the layer. */
  readonly accumulated: number;
  /** The scales that were used, and how the reference's values use their range; null for roles that are not FP8. */
  readonly k: RoleAtLayer | null;
  readonly v: RoleAtLayer | null;
}

/** An FP8 role of a stream at a layer. */
export interface RoleAtLayer extends RangeUse {
  readonly scales: readonly number[];
}

/** One layer of the reference, and every other stream at it. */
export interface LayerObservation {
  readonly layer: number;
  /** Path of the attention module. */
  readonly site: string;
  /** Largest magnitudes, one a KV head: keys after rotation, and values. */
  readonly reach: { readonly k: readonly number[]; readonly v: readonly number[] };
  readonly outlier: Outlier;
  /** Largest magnitude of every channel of K, [KV heads × head size], head after head, to four digits. */
  readonly channels: readonly number[];
  readonly streams: readonly StreamAtLayer[];
}

/** Sizes of keys and values. */
export interface HeadSizes {
  readonly kvHeads: number;
  readonly headSize: number;
}

/** Largest magnitude of each head. */
export function reachOf({ keys, values }: LayerInput, { kvHeads, headSize }: HeadSizes): Reach {
  const shape = { heads: kvHeads, size: headSize };
  const heads = (of: Float32Array) =>
    Float32Array.from({ length: kvHeads }, (_, head) => amaxOfHead(of, shape, head));
  return { k: heads(keys), v: heads(values) };
}

/** How values use the range of an FP8 role; null for one that is not FP8. */
export function roleAt(values: Float32Array, { type, scales }: Kept, sizes: HeadSizes): RoleAtLayer | null {
  if (!isFp8(type)) return null;
  const shape = { heads: sizes.kvHeads, size: sizes.headSize };
  return { scales: [...scales], ...rangeOf(values, scales, type, shape) };
}

/** Every channel of K, and the one that stands out most from the median channel of its layer. */
export function channelsOf(
  keys: Float32Array,
  { kvHeads, headSize }: HeadSizes,
): Pick<LayerObservation, "outlier" | "channels"> {
  const peaks = channelPeaks(keys, kvHeads * headSize);
  return { outlier: outlierOf(peaks, headSize), channels: keptPeaks(peaks) };
}

function outlierOf(peaks: Float32Array, headSize: number): Outlier {
  const largest = peaks.reduce((best, peak, at) => (peak > peaks[best]! ? at : best), 0);
  const amax = peaks[largest]!;
  return {
    head: Math.floor(largest / headSize),
    channel: largest % headSize,
    amax,
    ratio: amax === 0 ? 1 : amax / medianPeak(peaks),
  };
}

/** Relative L2 distance alone. */
export function distance(reference: Float32Array, other: Float32Array): number {
  return deviation(reference, other).relativeL2;
}

function isFp8(type: Kept["type"]): type is Fp8Format {
  return type in FP8_FORMATS;
}
