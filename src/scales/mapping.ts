import { dataRefusal, usageRefusal } from "../errors.js";
import { layerList } from "./layer-list.js";
import { compareSites, keepsCache, type Site, type SiteKind } from "./site.js";
import { type Adapted, type Loss, type ScaleTable, tableOf } from "./table.js";

/** Which module of the target each module of the source is; and the source's modules that have no counterpart. */
export interface SiteMapping {
  /** From path to target site, in the order of the source's sites. */
  readonly sites: ReadonlyMap<string, Site>;
  readonly losses: readonly Loss[];
}

/** One `--map FROM=TO`: a module's path or the beginning of paths, whole words only. */
export type Rename = readonly [from: string, to: string];

/**
 * Matches the attention modules of two checkpoints of one model: renames first, then equal paths, then kind
 * and layer. A source's draft stack that the target lacks is dropped with a loss, and so is what keeps no
 * cache. Throws a data Refusal, showing both lists, when layers disagree or more than one match is
 * possible; a usage Refusal for a rename that leads nowhere.
 */
export function mapSites(
  from: readonly Site[],
  to: readonly Site[],
  renames: readonly Rename[] = [],
): SiteMapping {
  const targets = new Map(to.map((site) => [site.path, site]));
  const sites = renamed(from, targets, renames);
  const losses: Loss[] = [];
  for (const site of from) {
    if (sites.has(site.path)) continue;
    const same = targets.get(site.path);
    if (!keepsCache(site)) losses.push(dropped(site, "its module keeps no cache"));
    else if (same !== undefined) sites.set(site.path, same);
  }
  refuseShared(sites);
  for (const kind of CACHING) losses.push(...matchKind(kind, from, to, sites));
  return { sites: inOrder(from, sites), losses };
}

/** The table on the target's sites; entries of dropped sites are left out. */
export function moveTable(table: ScaleTable, mapping: SiteMapping): Adapted {
  const entries = table.entries.flatMap((entry) => {
    const site = mapping.sites.get(entry.site.path);
    return site === undefined ? [] : [{ ...entry, site }];
  });
  return { table: tableOf(table.format, entries), losses: mapping.losses };
}

const CACHING: readonly SiteKind[] = ["decoder", "cross", "draft"];

function renamed(from: readonly Site[], targets: ReadonlyMap<string, Site>, renames: readonly Rename[]) {
  const sites = new Map<string, Site>();
  const longestFirst = renames.toSorted(([a], [b]) => b.length - a.length);
  const used = new Set<Rename>();
  for (const { path } of from) {
    const rename = longestFirst.find(([prefix]) => isBelow(path, prefix));
    if (rename === undefined) continue;
    used.add(rename);
    sites.set(path, targetOf(rename[1] + path.slice(rename[0].length), rename, targets));
  }
  const idle = renames.find((rename) => !used.has(rename));
  if (idle !== undefined) throw nothingRenamed(idle, from, renames);
  return sites;
}

function targetOf(path: string, rename: Rename, targets: ReadonlyMap<string, Site>): Site {
  const site = targets.get(path);
  if (site !== undefined) return site;
  throw usageRefusal("map-target-missing", {
    expected: `--map ${rename.join("=")} to lead to an attention module of the target, ${pathsIn(targets.values())}`,
    found: JSON.stringify(path),
    remedy: "`kvscale inspect` of the target lists its modules; give the whole words that differ.",
  });
}

function nothingRenamed(rename: Rename, from: readonly Site[], renames: readonly Rename[]) {
  const rivals = renames.filter((other) => other !== rename && isBelow(other[0], rename[0]));
  if (from.some(({ path }) => isBelow(path, rename[0]))) return overruled(rename, rivals);
  return usageRefusal("map-source-missing", {
    expected: `--map ${rename.join("=")} to begin with a module of the source, ${pathsIn(from)}`,
    found: "no such module",
    remedy: "`kvscale inspect` lists the modules of a checkpoint; begin with whole words of their paths.",
  });
}

function overruled(rename: Rename, rivals: readonly Rename[]) {
  return usageRefusal("map-overruled", {
    expected: `--map ${rename.join("=")} to rename a module that no other --map renames`,
    found: `${rivals.map((rival) => `--map ${rival.join("=")}`).join(" and ")} for the same modules`,
    remedy: "Leave out the one that is not meant; of two that fit, the longer one counts.",
  });
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}.`);
}

/** Matches what is left of one kind by layer; adds to `sites`, returns the losses. */
function matchKind(
  kind: SiteKind,
  from: readonly Site[],
  to: readonly Site[],
  sites: Map<string, Site>,
): Loss[] {
  const taken = new Set(Array.from(sites.values(), (site) => site.path));
  const left = from.filter((site) => site.kind === kind && !sites.has(site.path));
  const right = to.filter((site) => site.kind === kind && !taken.has(site.path));
  if (kind === "draft" && right.length === 0)
    return left.map((site) => dropped(site, "the target has no draft stack"));
  if (kind === "draft" && left.length === 0) return [];
  if (kind === "draft" && left.length === right.length) return matchInOrder(left, right, sites);
  const byLayer = new Map(right.map((site) => [site.layer, site]));
  const layers = new Set(left.map((site) => site.layer));
  if (layers.size !== byLayer.size || [...layers].some((layer) => !byLayer.has(layer)))
    throw layersDiffer(kind, from, to);
  if (layers.size !== left.length) throw ambiguous(kind, left, "source");
  if (byLayer.size !== right.length) throw ambiguous(kind, right, "target");
  for (const site of left) sites.set(site.path, byLayer.get(site.layer)!);
  return [];
}

/** A draft stack is counted on from the decoder's layers, or by itself: the order is the same. */
function matchInOrder(left: readonly Site[], right: readonly Site[], sites: Map<string, Site>): Loss[] {
  const ordered = right.toSorted(compareSites);
  for (const [at, site] of left.toSorted(compareSites).entries()) sites.set(site.path, ordered[at]!);
  return [];
}

function refuseShared(sites: ReadonlyMap<string, Site>): void {
  const by = new Map<string, string>();
  for (const [from, { path }] of sites) {
    const first = by.get(path);
    if (first !== undefined) throw shared(first, from, path);
    by.set(path, from);
  }
}

function shared(first: string, second: string, target: string) {
  return usageRefusal("map-target-twice", {
    expected: `one module of the source for ${JSON.stringify(target)}`,
    found: `${JSON.stringify(first)} and ${JSON.stringify(second)}`,
    remedy: "Change the --map options so that each module has its own target.",
  });
}

function inOrder(from: readonly Site[], sites: ReadonlyMap<string, Site>): ReadonlyMap<string, Site> {
  return new Map(from.flatMap(({ path }) => (sites.has(path) ? [[path, sites.get(path)!] as const] : [])));
}

function dropped({ path }: Site, why: string): Loss {
  return { code: "sites-dropped", detail: why, site: path };
}

function layersDiffer(kind: SiteKind, from: readonly Site[], to: readonly Site[]) {
  return dataRefusal("layers-differ", {
    expected: `the same ${kind} attention layers in both checkpoints: the target has ${listOf(kind, to)}`,
    found: `${listOf(kind, from)} in the source`,
    remedy: "Use checkpoints of one model, or name single modules with --map FROM=TO.",
  });
}

function listOf(kind: SiteKind, sites: readonly Site[]): string {
  const own = sites.filter((site) => site.kind === kind);
  return own.length === 0 ? "none" : `layers ${layerList(own.map((site) => site.layer))} (${pathsIn(own)})`;
}

function ambiguous(kind: SiteKind, sites: readonly Site[], where: string) {
  const twice = sites.find((site) => sites.some((other) => other !== site && other.layer === site.layer))!;
  const paths = sites.filter((site) => site.layer === twice.layer).map((site) => JSON.stringify(site.path));
  return dataRefusal("sites-ambiguous", {
    expected: `one ${kind} attention module for each layer of the ${where}`,
    found: `${paths.join(" and ")} for layer ${twice.layer}`,
    remedy: "Say which is which with --map FROM=TO.",
  });
}

function pathsIn(sites: Iterable<Site>): string {
  const [first, ...others] = sites;
  if (first === undefined) return "which has none";
  return `such as ${JSON.stringify(first.path)}${others.length > 0 ? ` and ${others.length} more` : ""}`;
}
