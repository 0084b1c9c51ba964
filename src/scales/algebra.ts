import { dataRefusal } from "../errors.js";
import { headScale, type Scale, tensorScale } from "./scale.js";
import type { Role } from "./site.js";
import {
  type Adapted,
  bySite,
  type CacheFormat,
  type Entry,
  type Loss,
  type ScaleTable,
  tableOf,
} from "./table.js";

/**
 * Keys' and values' scales of a site become one `kv` by maximum, so that neither clips; a loss where they
 * differ. Half pairs, and sites that have a `kv` already, stay as they are. `fuse ∘ split = id`.
 */
export function fuse(table: ScaleTable): Adapted {
  return perSite(table, (entries) => {
    const [k, v, kv] = (["k", "v", "kv"] as const).map((role) =>
      entries.find((entry) => entry.role === role),
    );
    if (k === undefined || v === undefined || kv !== undefined) return { entries, losses: [] };
    const scale = larger(k.scale, v.scale);
    const others = entries.filter(({ role }) => role !== "k" && role !== "v");
    const losses = sameScale(k.scale, v.scale) ? [] : [fused(k, v, scale)];
    return { entries: [{ ...(scale === v.scale ? v : k), role: "kv", scale }, ...others], losses };
  });
}

/** A `kv` scale is written as `k` and `v` of the same value; nothing is lost. Sites with a `k` or `v` stay. */
export function split(table: ScaleTable): ScaleTable {
  return perSite(table, (entries) => {
    const mixed = entries.some(({ role }) => role === "k" || role === "v");
    const pair = (entry: Entry): Entry[] =>
      entry.role === "kv" && !mixed
        ? [
            { ...entry, role: "k" },
            { ...entry, role: "v" },
          ]
        : [entry];
    return { entries: entries.flatMap(pair), losses: [] };
  }).table;
}

/** Scales per head become one per layer by maximum; a loss where heads differ. `reduceHeads ∘ broadcast = id`. */
export function reduceHeads(table: ScaleTable): Adapted {
  const losses: Loss[] = [];
  const entries = table.entries.map((entry) => {
    if (entry.scale.per === "tensor") return entry;
    const largest = maximum(entry.scale.values);
    if (entry.scale.values.some((value) => !Object.is(value, largest))) losses.push(reduced(entry, largest));
    return { ...entry, scale: tensorScale(largest) };
  });
  return { table: tableOf(table.format, entries), losses };
}

/** One scale per layer becomes the same for each of `heads` heads. */
export function broadcast(scale: Scale, heads: number): Scale {
  return scale.per === "head" ? scale : headScale(Array<number>(heads).fill(scale.values[0]!));
}

/** The table without these roles; one loss for each role that it had. */
export function dropRoles(table: ScaleTable, roles: ReadonlySet<Role>): Adapted {
  const dropped = table.entries.filter((entry) => roles.has(entry.role));
  const losses = [...new Set(dropped.map((entry) => entry.role))].map((role): Loss => {
    const count = dropped.filter((entry) => entry.role === role).length;
    return {
      code: "role-dropped",
      detail: `the ${role} scales of ${count} site${count === 1 ? "" : "s"} are left out`,
    };
  });
  return {
    table: tableOf(
      table.format,
      table.entries.filter((entry) => !roles.has(entry.role)),
    ),
    losses,
  };
}

/**
 * The same scales for another 8-bit float. The same bits mean half as much in e4m3fnuz as in e4m3fn, so the
 * factor is 2 or 1/2 and exact; a loss only where a float32 cannot hold the result. Throws for e5m2.
 */
export function rescale(table: ScaleTable, format: CacheFormat): Adapted {
  if (format === table.format) return { table, losses: [] };
  const factor = FACTORS.get(`${table.format} ${format}`);
  if (factor === undefined) throw noFactor(table.format, format);
  const losses: Loss[] = [];
  const entries = table.entries.map((entry) => {
    const values = entry.scale.values.map((value) => value * factor);
    const inexact = values.some((value, index) => isFloat32(entry.scale.values[index]!) && !isFloat32(value));
    if (inexact) losses.push(rescaled(entry, values));
    return { ...entry, scale: { per: entry.scale.per, values } };
  });
  return { table: tableOf(format, entries), losses };
}

/** The larger of two scales of one thing, head by head where one has heads; NaN wins, so that it is seen. */
export function larger(a: Scale, b: Scale): Scale {
  if (a.per === "tensor" && b.per === "tensor") {
    return Number.isNaN(a.values[0]) || a.values[0]! >= b.values[0]! ? a : b;
  }
  const heads = Math.max(a.values.length, b.values.length);
  const [left, right] = [broadcast(a, heads), broadcast(b, heads)];
  if (left.values.length !== right.values.length) throw headsDiffer(left, right);
  return headScale(left.values.map((value, head) => Math.max(value, right.values[head]!)));
}

/** Same number or numbers, heads included; the stored form does not count. NaN equals NaN, 0 is not -0. */
export function sameScale(a: Scale, b: Scale): boolean {
  return (
    a.per === b.per &&
    a.values.length === b.values.length &&
    a.values.every((value, index) => Object.is(value, b.values[index]))
  );
}

/** A number short enough for a sentence: six significant digits. */
export function brief(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** True for a number that a float32 holds exactly (NaN and infinities included). */
export function isFloat32(value: number): boolean {
  return Object.is(Math.fround(value), value);
}

const FACTORS: ReadonlyMap<string, number> = new Map([
  ["float8_e4m3fn float8_e4m3fnuz", 2],
  ["float8_e4m3fnuz float8_e4m3fn", 0.5],
]);

function perSite(
  table: ScaleTable,
  change: (entries: readonly Entry[]) => { entries: readonly Entry[]; losses: readonly Loss[] },
): Adapted {
  const changed = Array.from(bySite(table).values(), change);
  return {
    table: tableOf(
      table.format,
      changed.flatMap(({ entries }) => entries),
    ),
    losses: changed.flatMap(({ losses }) => losses),
  };
}

function maximum(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), -Infinity);
}

function fused(k: Entry, v: Entry, kv: Scale): Loss {
  const [of, and, into] = [k.scale, v.scale, kv].map(({ values }) => brief(maximum(values)));
  return { code: "fused-by-max", detail: `k ${of} and v ${and} became ${into} for both`, site: k.site.path };
}

function reduced({ site, role, scale }: Entry, largest: number): Loss {
  const least = scale.values.reduce((most, value) => Math.min(most, value), Infinity);
  const span = `${scale.values.length} heads from ${brief(least)} to ${brief(largest)}`;
  return {
    code: "heads-reduced-by-max",
    detail: `${role}: ${span} became ${brief(largest)}`,
    site: site.path,
  };
}

function rescaled({ site, role }: Entry, values: readonly number[]): Loss {
  const detail = `${role}: ${brief(maximum(values))} is outside what a float32 holds exactly`;
  return { code: "format-rescaled", detail, site: site.path };
}

function noFactor(from: CacheFormat, to: CacheFormat) {
  return dataRefusal("no-format-factor", {
    expected: "scales of float8_e4m3fn or float8_e4m3fnuz, which differ by the factor 2",
    found: `a conversion from ${from} to ${to}`,
    remedy: "Calibrate for the target format; engines apply no scales to an e5m2 cache.",
  });
}

function headsDiffer(a: Scale, b: Scale) {
  return dataRefusal("head-counts-differ", {
    expected: "as many key scales as value scales, one per KV head",
    found: `${a.values.length} and ${b.values.length}`,
  });
}
