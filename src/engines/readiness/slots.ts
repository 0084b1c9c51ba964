import type { Site } from "../../scales/site.js";
import { type Parameters, parametersNamed } from "../names/parameters.js";
import type { Candidate, View } from "./view.js";

/** A scale parameter of the built model: the layer it belongs to and its own name, such as `k_scale`. */
export interface Slot {
  readonly site: Site;
  readonly name: string;
}

/** All scale parameters of the built model, by full name. */
export interface Slots extends Parameters {
  readonly at: ReadonlyMap<string, Slot>;
}

/** A checkpoint tensor that ended up in a slot. */
export interface Fill {
  readonly slot: Slot;
  readonly candidate: Candidate;
}

/** The slots `{site}.{inner}.{name}` of every layer; `innerOf` says undefined for a layer without any. */
export function slotsOf(
  { sites }: View,
  innerOf: (path: string) => string | undefined,
  names: readonly string[],
): Slots {
  const at = new Map<string, Slot>();
  for (const site of sites) {
    const inner = innerOf(site.path);
    if (inner === undefined) continue;
    for (const name of names) at.set(`${site.path}.${inner}.${name}`, { site, name });
  }
  return { ...parametersNamed(at.keys()), at };
}

/** True for multi-head latent attention: the projections of the module tell. */
export function isLatent({ inventory }: View, path: string): boolean {
  return LATENT.some((projection) =>
    inventory.shards.some(({ header }) => header.tensors.has(`${path}.${projection}`)),
  );
}

const LATENT = ["kv_a_proj_with_mqa", "fused_qkv_a_proj_with_mqa", "kv_b_proj", "wkv_a_with_mqa"].flatMap(
  (module) => [`${module}.weight`, `${module}.weight_packed`, `${module}.qweight`],
);

/** What filled each slot, by layer and name. */
export type Filled = ReadonlyMap<string, Candidate>;

/** The fills by slot; the last tensor wins, as when an engine copies over. */
export function filledBy(fills: readonly Fill[]): Filled {
  return new Map(fills.map(({ slot, candidate }) => [`${slot.site.path}.${slot.name}`, candidate]));
}

/** What filled the slot of this name at a layer. */
export function fillOf(filled: Filled, site: Site, name: string): Candidate | undefined {
  return filled.get(`${site.path}.${name}`);
}
