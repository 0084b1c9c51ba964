import type { SidecarFile } from "../../inventory/inventory.js";
import type { Entry } from "../../scales/table.js";
import type { Outcome } from "./outcome.js";
import type { Value } from "./values.js";
import type { View } from "./view.js";

/** The sidecar of this form that an engine would be given, where the checkpoint has one. */
export function sidecarOf({ inventory }: View, form: string, path?: string): SidecarFile | undefined {
  return inventory.sidecars.find((file) => file.form === form && (path === undefined || file.file === path));
}

/** What every layer runs with when a sidecar is read: matched by layer, kv for both; 1.0 where it has none. */
export function sidecarOutcomes({ sites }: View, { table }: SidecarFile, note?: string): Outcome[] {
  const cells = new Map(table.entries.map((entry) => [`${entry.site.layer} ${entry.role}`, entry]));
  return sites.map((site) => {
    const at = (role: string) => numbersIn(cells.get(`${site.layer} ${role}`));
    const k = at("k") ?? at("kv");
    const v = at("v") ?? at("kv");
    if (k === undefined || v === undefined) return { site, state: "unit", k: 1, v: 1 };
    return note === undefined ? { site, state: "stored", k, v } : { site, state: "altered", k, v, note };
  });
}

function numbersIn(entry: Entry | undefined): Value | undefined {
  return entry?.scale.per === "tensor" ? entry.scale.values[0] : entry?.scale.values;
}
