import type { LayerShape } from "../attention/layer.js";
import { type CacheScales, isDivisor } from "../attention/problem.js";
import type { Geometry } from "../config/geometry.js";
import { dataRefusal } from "../errors.js";
import type { Inventory } from "../inventory/inventory.js";
import { keepsCache, type Site } from "../scales/site.js";
import { type Entry, type ScaleTable, sitesOf } from "../scales/table.js";

/** One layer with the scales to judge, and those that say how large its values are. */
export interface LayerScales {
  readonly site: Site;
  readonly judged: Partial<CacheScales>;
  readonly fitted: Partial<CacheScales>;
}

/** The tables that a run looks at; "unit" is 1.0 everywhere. */
export interface Tables {
  readonly judged: ScaleTable | "unit";
  readonly fitted: ScaleTable;
}

/** The layers that keep a cache, each with its scales of either table, found by path or else by kind and layer. */
export function layersOf(inventory: Inventory, { judged, fitted }: Tables): LayerScales[] {
  const shown = inventory.sites.filter(keepsCache);
  const sites = shown.length > 0 ? shown : sitesOf(fitted).filter(keepsCache);
  return sites.map((site) => ({
    site,
    judged: judged === "unit" ? UNIT : scalesAt(judged, site),
    fitted: scalesAt(fitted, site),
  }));
}

/** Why a layer's scales cannot be used at all, one sentence each; empty when they can. */
export function unusable(scales: Partial<CacheScales>, which: string): string[] {
  return (["k", "v"] as const).flatMap((role) => {
    const values = scales[role];
    if (values === undefined) return [`no ${role} scale is ${which}`];
    const bad = values.find((value) => !isDivisor(value));
    return bad === undefined ? [] : [`the ${role} scale is ${bad}, not a positive finite number`];
  });
}

/** The sizes of one layer's attention. Throws a data Refusal when the config does not say them. */
export function layerShape({ queryHeads, kvHeads, headSize }: Geometry, label: string): LayerShape {
  if (queryHeads !== undefined && kvHeads !== undefined && headSize !== undefined) {
    return { heads: queryHeads, kvHeads, keySize: headSize, valueSize: headSize };
  }
  throw dataRefusal("geometry-unknown", {
    file: label,
    expected: "a config.json that says the number of query heads and KV heads and the head size",
    found: `query heads ${queryHeads ?? "unknown"}, KV heads ${kvHeads ?? "unknown"}, head size ${headSize ?? "unknown"}`,
    remedy:
      "Point at the checkpoint's directory. Latent attention, whose cache has no heads, is not verified.",
  });
}

const UNIT: CacheScales = { k: Float32Array.of(1), v: Float32Array.of(1) };

function scalesAt(table: ScaleTable, site: Site): Partial<CacheScales> {
  const here = table.entries.filter((entry) => entry.site.path === site.path);
  const alike = table.entries.filter(
    ({ site: { kind, layer } }) => kind === site.kind && layer === site.layer,
  );
  const entries = here.length > 0 ? here : alike;
  const k = numbers(entries, "k");
  const v = numbers(entries, "v");
  return { ...(k && { k }), ...(v && { v }) };
}

function numbers(entries: readonly Entry[], role: "k" | "v"): Float32Array | undefined {
  const entry =
    entries.find((candidate) => candidate.role === role) ?? entries.find(({ role: own }) => own === "kv");
  return entry && Float32Array.from(entry.scale.values);
}
