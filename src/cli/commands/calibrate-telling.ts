import type { CalibrateReport } from "../../operations/calibrate.js";
import type { Deps } from "../../operations/deps.js";
import type { Telling } from "../delivery.js";

/** The files that a calibration reads besides the checkpoint, as its flags name them. */
export interface GivenFlags {
  readonly text?: string;
  readonly tokens?: string;
  readonly fromStats?: readonly string[];
}

/** A calibration for its report and for CI. Its annotations are those of the checkpoint that it wrote, and its losses. */
export async function calibrateTelling(
  ref: string,
  { text, tokens, fromStats }: GivenFlags,
  report: CalibrateReport,
  deps: Deps,
): Promise<Telling> {
  const { calibrateCases } = await import("../../report/cases.js");
  const { calibrateOutputs } = await import("../../report/outputs.js");
  const { calibratePage } = await import("../../report/page/calibrate-page.js");
  const { file, checkpoint } = report;
  const written = [file?.path, checkpoint?.written ? checkpoint.target : undefined];
  // Statistics take the place of a run, and of its text.
  const given = fromStats ?? [text, tokens].filter((path) => path !== undefined);
  return {
    deps,
    subject: report.label,
    cases: calibrateCases(report),
    outputs: calibrateOutputs(report),
    inputs: [ref],
    given,
    written: written.filter((path) => path !== undefined),
    page: (provenance) => calibratePage(report, provenance),
  };
}
