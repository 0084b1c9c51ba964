import type { Scale } from "./scale.js";
import { compareSites, type Role, type Site } from "./site.js";

/** The 8-bit float a scale was calibrated for; the words of `kv_cache_torch_dtype`. */
export type CacheFormat = "float8_e4m3fn" | "float8_e4m3fnuz" | "float8_e5m2";

/** Where one scale was found. `spelling` is the id of a row of the spelling or the sidecar table. */
export interface Found {
  readonly spelling: string;
  readonly file: string;
  /** Tensor name; for a sidecar, the JSON path of the number. */
  readonly name: string;
}

/** One scale of one site: a cell of the table. */
export interface Entry {
  readonly site: Site;
  readonly role: Role;
  readonly scale: Scale;
  readonly found?: Found;
}

/**
 * The value in the middle: sites × roles → scale, ordered by (kind, layer, path, role).
 * A missing scale is absent, never 1.0.
 */
export interface ScaleTable {
  readonly format: CacheFormat;
  readonly entries: readonly Entry[];
}

/**
 * One thing a conversion could not keep. `code` is stable; `detail` names sites and numbers.
 * The closed list of codes is the README's table of losses.
 */
export interface Loss {
  readonly code:
    | "fused-by-max"
    | "heads-reduced-by-max"
    | "role-dropped"
    | "rounded"
    | "zero-points-dropped"
    | "sites-dropped"
    | "ranks-merged-by-max"
    | "format-rescaled";
  readonly detail: string;
  readonly site?: string;
}

/** A table and what making it could not keep. */
export interface Adapted {
  readonly table: ScaleTable;
  readonly losses: readonly Loss[];
}

/** A table of these entries, in table order. Two entries for one site and role are kept, for the checks. */
export function tableOf(format: CacheFormat, entries: Iterable<Entry>): ScaleTable {
  return { format, entries: [...entries].sort(compareEntries) };
}

/** Roles in table order. */
export const ROLES: readonly Role[] = ["k", "v", "kv", "q", "prob"];

/** Entries by site path, in table order. */
export function bySite(table: ScaleTable): ReadonlyMap<string, readonly Entry[]> {
  const sites = new Map<string, Entry[]>();
  for (const entry of table.entries) {
    const entries = sites.get(entry.site.path);
    if (entries === undefined) sites.set(entry.site.path, [entry]);
    else entries.push(entry);
  }
  return sites;
}

/** The sites that have at least one scale, in table order, each once. */
export function sitesOf(table: ScaleTable): Site[] {
  return Array.from(bySite(table).values(), (entries) => entries[0]!.site);
}

function compareEntries(a: Entry, b: Entry): number {
  return compareSites(a.site, b.site) || ROLES.indexOf(a.role) - ROLES.indexOf(b.role);
}
