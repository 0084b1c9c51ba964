import type { Finding } from "../finding.js";
import { checkTable } from "../scales/check.js";
import { declarationFindings } from "./declaration-findings.js";
import { evidenceFindings } from "./evidence-findings.js";
import type { Facts } from "./inventory.js";

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
