import { dataRefusal, type Refusal } from "../../errors.js";
import { dropRoles, fuse, reduceHeads, rescale, split } from "../algebra.js";
import { layerList } from "../layer-list.js";
import { keepsCache, type Role } from "../site.js";
import { type Adapted, type Entry, type Loss, type ScaleTable, tableOf } from "../table.js";

/** What a form has room for: which roles, and whether scales per head. */
interface Wanted {
  readonly roles: readonly Role[];
  readonly perHead: boolean;
}

/** For each layer the wanted roles' entries, in the wanted order; and what was lost. */
interface LayerRows {
  readonly rows: readonly (readonly Entry[])[];
  readonly losses: readonly Loss[];
}

/**
 * The scales of layers 0 to `layers` - 1 by layer and role, for a form that has a place for nothing else:
 * as `kv` or as `k` and `v`, on the e4m3fn base. Throws a data Refusal when a layer has none (hybrids), when
 * a layer has half a pair, for cross-attention, and for numbers that JSON cannot hold.
 */
export function perLayer(table: ScaleTable, layers: number, wanted: Wanted): LayerRows {
  const decoder = decoderOnly(table);
  const base = rescale(decoder.table, "float8_e4m3fn");
  const plain = dropRoles(base.table, new Set(["q", "prob"] as const));
  const heads = wanted.perHead ? { table: plain.table, losses: [] } : reduceHeads(plain.table);
  const joined = wanted.roles.includes("kv") ? fuse(heads.table) : { table: split(heads.table), losses: [] };
  const { entries } = joined.table;
  if (entries.length !== layers * wanted.roles.length) throw notEveryLayer(joined.table, layers);
  const cells = new Map(entries.map((entry) => [`${entry.site.layer} ${entry.role}`, entry]));
  const rows = Array.from({ length: layers }, (_, layer) =>
    wanted.roles.map((role) => cells.get(`${layer} ${role}`) ?? fail(notEveryLayer(joined.table, layers))),
  );
  const odd = entries.find(({ scale }) => !scale.values.every(Number.isFinite));
  if (odd !== undefined) throw notFinite(odd);
  return { rows, losses: [decoder, base, plain, heads, joined].flatMap(({ losses }) => losses) };
}

function decoderOnly(table: ScaleTable): Adapted {
  const kept = table.entries.filter(({ site }) => site.kind === "decoder" || site.kind === "cross");
  const cross = kept.find(({ site }) => site.kind === "cross");
  if (cross !== undefined) throw noPlace(cross);
  const dropped = new Map(
    table.entries.filter((e) => !kept.includes(e)).map(({ site }) => [site.path, site]),
  );
  const losses = Array.from(dropped.values(), (site): Loss => {
    const why = keepsCache(site)
      ? "the form knows only the decoder's own layers"
      : "its module keeps no cache";
    return { code: "sites-dropped", detail: why, site: site.path };
  });
  return { table: tableOf(table.format, kept), losses };
}

function notEveryLayer(table: ScaleTable, layers: number) {
  const have = table.entries.map(({ site }) => site.layer);
  return dataRefusal("sidecar-layers", {
    expected: `scales of layers 0..${layers - 1} for a sidecar, one set a layer`,
    found: have.length === 0 ? "no scales" : `${have.length} scales of layers ${layerList(have)}`,
    remedy: "Merge the scales as tensors: sidecars cannot describe hybrid models or half pairs.",
  });
}

function noPlace({ site }: Entry) {
  return dataRefusal("sidecar-layers", {
    expected: "scales of the decoder's own layers for a sidecar",
    found: `cross-attention ${JSON.stringify(site.path)}`,
    remedy: "Merge the scales as tensors: sidecars have no place for cross-attention.",
  });
}

function notFinite({ site, role, scale }: Entry) {
  return dataRefusal("scale-not-finite", {
    expected: "finite scales for a JSON file",
    found: `${role} ${scale.values.find((value) => !Number.isFinite(value))} of ${JSON.stringify(site.path)}`,
    remedy: "Remove or recalibrate the scale; `kvscale inspect` lists such values.",
  });
}

function fail(refusal: Refusal): never {
  throw refusal;
}
