import type { Finding } from "../finding.js";
import { checkTable } from "../scales/check.js";
import { declarationFindings } from "./declaration-findings.js";
import { evidenceFindings } from "./evidence-findings.js";
import type { Inventory } from "./inventory.js";

/** The facts of an inventory that findings are made from. */
export type Facts = Omit<Inventory, "findings">;

/** Everything that is wrong or remarkable, in the order: values, tensors and files, declarations. */
export function findingsOf(facts: Facts): Finding[] {
  const { table, sites, geometry } = facts;
  const { kvHeads } = geometry;
  return [
    ...checkTable(table, { sites, ...(kvHeads === undefined ? {} : { kvHeads }) }),
    ...evidenceFindings(facts),
    ...declarationFindings(facts),
  ];
}
