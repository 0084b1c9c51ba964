import type { Deps } from "../operations/deps.js";
import type { WriteReport } from "../operations/write.js";
import type { Telling } from "./delivery.js";

/** What CI is told of `merge`, `convert` and `strip`. */
export async function writeTelling(command: string, report: WriteReport, deps: Deps): Promise<Telling> {
  const { inspectCases } = await import("../report/cases.js");
  const { writeOutputs } = await import("../report/outputs.js");
  const { writePage } = await import("../report/page/write-page.js");
  return {
    deps,
    subject: report.target,
    cases: inspectCases(report.result),
    outputs: writeOutputs(report),
    inputs: [],
    written: report.written ? [report.target] : [],
    page: (provenance) => writePage(command, report, provenance),
  };
}
