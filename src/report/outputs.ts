import type { PushFacts } from "../checkpoint/hub/push-target.js";
import type { CalibrateReport } from "../operations/calibrate.js";
import type { InspectReport } from "../operations/inspect.js";
import type { PushReport } from "../operations/push.js";
import type { VerifyReport } from "../operations/verify.js";
import type { WriteReport } from "../operations/write.js";
import { worstFirst } from "./worst-first.js";

/** What later steps of a workflow can ask for. */
export type Outputs = Readonly<Record<string, string | number | boolean>>;

/** Outputs of `inspect`. `ready` lists engines with commas. */
export function inspectOutputs({ ok, scales, findings, readiness }: InspectReport): Outputs {
  const of = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  const ready = readiness.filter(({ verdict }) => verdict === "loads").map(({ engine }) => engine);
  return { ok, scales: scales.length, errors: of("error"), warnings: of("warning"), ready: ready.join(",") };
}

/** Outputs of `verify`. */
export function verifyOutputs(report: VerifyReport): Outputs {
  const { ok, level, layers } = report;
  const worst = worstFirst(layers)[0];
  return {
    ok,
    level,
    "failing-layers": layers.filter((layer) => layer.level === "fail").length,
    "worst-layer": worst?.layer ?? "",
    "worst-sqnr": worst?.figures?.loss.sqnr.toFixed(2) ?? "",
  };
}

/** Outputs of `merge`, `convert` and `strip`: those of the result, and where it is. */
export function writeOutputs({ target, written, losses, result, push }: WriteReport): Outputs {
  const place = push === null ? {} : placeOutputs(push);
  return { ...inspectOutputs(result), target, written, losses: losses.length, ...place };
}

/** Outputs of `push`: those of the checkpoint, and where it is. */
export function pushOutputs({ push, written, result }: PushReport): Outputs {
  return { ...inspectOutputs(result), target: push.repository, written, ...placeOutputs(push) };
}

/** The pull request's address, else the branch's; the commit, empty where none was made. */
function placeOutputs({ url, commit }: PushFacts): Outputs {
  return { url, commit: commit ?? "" };
}

/** Outputs of `calibrate`: layers that have scales now, and the places that were written; empty where none was. */
export function calibrateOutputs({ layers, file, checkpoint, stats }: CalibrateReport): Outputs {
  const target = checkpoint?.written ? checkpoint.target : file?.path;
  return { layers: layers.length, target: target ?? "", stats: stats ?? "" };
}
