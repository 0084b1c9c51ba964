import type { Inventory } from "../inventory/inventory.js";
import { companionLosses } from "../scales/companions.js";
import type { Loss } from "../scales/table.js";

/** What is lost by taking a checkpoint's scales alone: their zero points, or the ranks of its sidecar. */
export function sourceLosses({ evidence, sidecars, table }: Inventory): Loss[] {
  const read = sidecars.filter((sidecar) => sidecar.table === table);
  return [
    ...companionLosses(evidence.map(({ reading }) => reading)),
    ...read.flatMap(({ losses }) => losses),
  ];
}
