import { dataRefusal } from "../errors.js";
import { larger, sameScale } from "./algebra.js";
import type { Scale } from "./scale.js";
import type { Role, Site } from "./site.js";
import { type Adapted, type Entry, type Loss, type ScaleTable, tableOf } from "./table.js";

/** One cell in which two tables differ; a side is absent where its table has no scale. */
export interface Difference {
  readonly site: Site;
  readonly role: Role;
  readonly a?: Scale;
  readonly b?: Scale;
}

/** The cells in which two tables differ by value or presence, in table order. `diff(a, a)` is empty. */
export function diff(a: ScaleTable, b: ScaleTable): Difference[] {
  const [left, right] = [cells(a), cells(b)];
  const both = tableOf(a.format, [
    ...left.values(),
    ...[...right].flatMap(([key, e]) => (left.has(key) ? [] : [e])),
  ]);
  return both.entries.flatMap(({ site, role }) => {
    const [inA, inB] = [left.get(keyOf(site, role)), right.get(keyOf(site, role))];
    if (inA !== undefined && inB !== undefined && sameScale(inA.scale, inB.scale)) return [];
    return [{ site, role, ...(inA && { a: inA.scale }), ...(inB && { b: inB.scale }) }];
  });
}

/**
 * The tables of several tensor-parallel ranks as one, by maximum, since each rank saw only its own heads; a
 * loss for each site where they differ. Throws a data Refusal when a rank lacks a scale that another has.
 */
export function mergeRanks(ranks: readonly ScaleTable[]): Adapted {
  const [first, ...others] = ranks.map(cells);
  if (first === undefined) throw new TypeError("no ranks to merge");
  const losses: Loss[] = [];
  const entries = Array.from(first, ([key, entry]) => {
    const same = others.map((rank) => rank.get(key)?.scale ?? lacking(entry));
    const scale = same.reduce(larger, entry.scale);
    if (same.some((other) => !sameScale(other, entry.scale))) losses.push(merged(entry, ranks.length));
    return { ...entry, scale };
  });
  for (const rank of others) for (const [key, entry] of rank) if (!first.has(key)) lacking(entry);
  return { table: tableOf(ranks[0]!.format, entries), losses };
}

/** By site and role; of two entries for one cell the first counts. */
function cells(table: ScaleTable): Map<string, Entry> {
  const map = new Map<string, Entry>();
  for (const entry of table.entries) {
    const key = keyOf(entry.site, entry.role);
    if (!map.has(key)) map.set(key, entry);
  }
  return map;
}

function keyOf(site: Site, role: Role): string {
  return `${role} ${site.path}`;
}

function merged({ site, role }: Entry, ranks: number): Loss {
  const detail = `${role}: the largest of ${ranks} tensor-parallel ranks is used for all`;
  return { code: "ranks-merged-by-max", detail, site: site.path };
}

function lacking({ site, role }: Entry): never {
  throw dataRefusal("rank-lacks-scale", {
    expected: "the same scales in every tensor-parallel rank",
    found: `a rank without the ${role} scale of ${JSON.stringify(site.path)}`,
  });
}
