import { dataRefusal } from "../errors.js";
import { FP8_FORMATS, type Fp8Format } from "../numeric/fp8.js";
import { addMagnitudes, type Magnitudes, quantile } from "./magnitudes.js";
import type { LayerStatistics } from "./statistics.js";

/** One number a layer and role, or one a KV head. */
export const GRANULARITIES = ["tensor", "head"] as const;
/** One of `GRANULARITIES`. */
export type Granularity = (typeof GRANULARITIES)[number];

/** How much of the values a scale makes room for. */
export interface Room {
  readonly granularity: Granularity;
  readonly format: Fp8Format;
  /** Share of the magnitudes that must fit: 1 is the largest value itself. */
  readonly share: number;
  /** Room beyond that, as a share: 0.1 makes scales a tenth larger. */
  readonly margin: number;
}

/** The scales of one layer: one number, or one per KV head. Float32 values. */
export interface ChosenScales {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/**
 * The scales that put the chosen magnitude on the format's largest code. Throws a data Refusal where no scale
 * can: for values that are NaN or infinite, and for a layer (or head) of zeros, for which none would be honest.
 */
export function chooseScales(layer: LayerStatistics, room: Room, label: string): ChosenScales {
  const scalesOf = (role: "k" | "v") =>
    Float32Array.from(
      groupsOf(layer[role], room),
      (group, at) => scaleOf(group, room) ?? refuse(layer, role, at, group, label),
    );
  return { k: scalesOf("k"), v: scalesOf("v") };
}

/** The magnitudes that share a scale: each head's, or those of all heads together. */
export function groupsOf(
  heads: readonly Magnitudes[],
  { granularity }: Pick<Room, "granularity">,
): readonly Magnitudes[] {
  return granularity === "head" ? heads : [heads.reduce(addMagnitudes)];
}

/** The scale of one group; undefined where none would be honest. */
export function scaleOf(group: Magnitudes, { format, share, margin }: Room): number | undefined {
  if (group.notFinite > 0) return undefined;
  const peak = share >= 1 ? group.amax : quantile(group, share);
  const scale = Math.fround((peak * (1 + margin)) / FP8_FORMATS[format].largest);
  return scale > 0 && Number.isFinite(scale) ? scale : undefined;
}

function refuse(
  { site }: LayerStatistics,
  role: "k" | "v",
  head: number,
  { notFinite, amax }: Magnitudes,
  file: string,
): never {
  const which = role === "k" ? "keys" : "values";
  throw dataRefusal("uncalibratable", {
    file,
    expected: `${which} at ${site} from which a scale can be computed`,
    found:
      notFinite > 0 ? `${notFinite} that are NaN or infinite` : `none larger than ${amax} (head ${head})`,
    remedy:
      notFinite > 0
        ? "Look at the checkpoint's weights: this layer does not compute numbers."
        : "Give more text, or use --granularity tensor.",
  });
}
