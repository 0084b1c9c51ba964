import type { Deps } from "../operations/deps.js";
import type { PushReport } from "../operations/push.js";
import type { Telling } from "./delivery.js";

/** What CI is told of `push`. */
export async function pushTelling(
  ref: string,
  report: PushReport,
  dryRun: boolean,
  deps: Deps,
): Promise<Telling> {
  const { inspectCases } = await import("../report/cases.js");
  const { pushOutputs } = await import("../report/outputs.js");
  const { pushPage } = await import("../report/page/push-page.js");
  return {
    deps,
    subject: report.push.repository,
    cases: inspectCases(report.result),
    outputs: pushOutputs(report),
    inputs: [ref],
    page: (provenance) => pushPage(report, dryRun, provenance),
  };
}
