import type { Finding } from "../finding.js";
import { type CheckFacts, checkCompleteness } from "./checks/completeness.js";
import { checkDuplicates } from "./checks/duplicates.js";
import { checkFingerprints } from "./checks/fingerprints.js";
import { checkValues } from "./checks/values.js";
import type { ScaleTable } from "./table.js";

/** What is wrong or remarkable with a table of scales by itself, most severe first. Total: never throws. */
export function checkTable(table: ScaleTable, facts: CheckFacts): Finding[] {
  const findings = [
    ...checkDuplicates(table),
    ...checkCompleteness(table, facts),
    ...checkValues(table),
    ...checkFingerprints(table),
  ];
  return findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

const SEVERITIES: readonly Finding["severity"][] = ["error", "warning", "info"];
