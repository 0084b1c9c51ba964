import type { Inventory } from "../inventory/inventory.js";
import type { NewText } from "./rewrite.js";

/** The source's JSON files of scales leave, save those that are written anew: what stayed would be out of date. */
export function leavingSidecars({ sidecars }: Inventory, fresh: readonly NewText[]): NewText[] {
  const written = new Set(fresh.map(({ path }) => path));
  return sidecars
    .filter(({ file }) => !written.has(file))
    .map(({ file }) => ({ path: file, text: undefined, why: "it held scales only" }));
}
