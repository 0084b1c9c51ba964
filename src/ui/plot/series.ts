import type { ScaleRow } from "../../operations/scale-rows.js";
import type { Role } from "../../scales/site.js";

/** One role's scale at one site of the plot. */
export interface Point {
  readonly site: string;
  readonly layer: number;
  /** The largest of its heads; undefined where the scale is absent. */
  readonly value: number | undefined;
  readonly outlier: boolean;
}

/** One role over all sites, in the order of the model. */
export interface Series {
  readonly role: Role;
  readonly points: readonly Point[];
  readonly spread: Spread;
}

/** What is usual for a role: of the values that are finite and above zero. */
export interface Spread {
  /** NaN without any. */
  readonly median: number;
  /** A value more than this many times the median, or below that share of it, stands out. */
  readonly factor: number;
}

/** The roles of a checkpoint as series over the same sites, the cache's own roles first. */
export function seriesOf(scales: readonly ScaleRow[]): readonly Series[] {
  const sites = new Map(scales.map(({ site, layer }) => [site, layer]));
  const roles = ORDER.filter((role) => scales.some((scale) => scale.role === role));
  return roles.map((role) => oneSeries(role, sites, scales));
}

/** True for a value that stands out from its role's median, and for one that no engine could use. */
export function isOutlier(value: number, { median, factor }: Spread): boolean {
  if (!Number.isFinite(value) || value <= 0) return true;
  return value > median * factor || value < median / factor;
}

/** The largest of the heads: the one that sets the range. NaN if any is. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

const ORDER: readonly Role[] = ["kv", "k", "v", "q", "prob"];

function oneSeries(role: Role, sites: ReadonlyMap<string, number>, scales: readonly ScaleRow[]): Series {
  const values = new Map(
    scales.filter((scale) => scale.role === role).map(({ site, values: heads }) => [site, largest(heads)]),
  );
  const spread = spreadOf([...values.values()].filter((value) => Number.isFinite(value) && value > 0));
  const points = Array.from(sites, ([site, layer]): Point => {
    const value = values.get(site);
    return { site, layer, value, outlier: value !== undefined && isOutlier(value, spread) };
  });
  return { role, points, spread };
}

/** Scales grow and shrink along a model by themselves; only what leaves that and is far off stands out. */
function spreadOf(values: readonly number[]): Spread {
  const median = medianOf(values);
  const deviation = medianOf(values.map((value) => Math.abs(Math.log(value / median))));
  return { median, factor: Math.max(LEAST_FACTOR, Math.exp(DEVIATIONS * deviation)) };
}

const LEAST_FACTOR = 4;

/** Median absolute deviations, of logarithms. */
const DEVIATIONS = 4;

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
