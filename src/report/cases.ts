import type { CalibrateReport } from "../operations/calibrate.js";
import type { InspectReport } from "../operations/inspect.js";
import type { VerifyReport } from "../operations/verify.js";
import { VERDICT_WORDS } from "./page/readiness.js";

/** One question with its answer, as test reports and annotations tell them. */
export interface Case {
  /** Groups cases: `findings`, `engines`, `layers`, `model`, `losses`. */
  readonly suite: string;
  readonly name: string;
  /** "skipped" was not asked for. */
  readonly outcome: "passed" | "warning" | "failed" | "skipped";
  /** One sentence; empty where there is nothing to say. */
  readonly message: string;
  /** What to do, or more of the message. */
  readonly detail?: string;
}

/** Findings by their codes, and engines: the asked one passes or fails, the others are told as skipped. */
export function inspectCases({ findings, readiness, scales }: InspectReport): Case[] {
  const found = findings.map(
    ({ code, severity, message, remedy }): Case => ({
      suite: "findings",
      name: code,
      outcome: OUTCOMES[severity],
      message,
      ...(remedy === undefined ? {} : { detail: remedy }),
    }),
  );
  const clean: Case = { suite: "findings", name: "no findings", outcome: "passed", message: "" };
  const asked = readiness.length === 1;
  const engines = readiness.map(({ engine, verdict, reason, remedies }): Case => {
    const outcome = verdict === "loads" ? "passed" : asked ? "failed" : "skipped";
    return {
      suite: "engines",
      name: engine,
      outcome,
      message: `${VERDICT_WORDS[verdict]}: ${reason}`,
      detail: remedies.join("\n"),
    };
  });
  return [...(found.length === 0 ? [clean] : found), ...(scales.length === 0 && !asked ? [] : engines)];
}

/** One case a layer, and one for the model itself where it was run. */
export function verifyCases({ layers, model }: VerifyReport): Case[] {
  const ofLayers = layers.map(
    ({ layer, site, level, reasons }): Case => ({
      suite: "layers",
      name: `layer ${layer} (${site})`,
      outcome: LEVELS[level],
      message: reasons.join("; "),
    }),
  );
  return model === null ? ofLayers : [...ofLayers, modelCase(model)];
}

function modelCase({ faults, advice }: NonNullable<VerifyReport["model"]>): Case {
  const outcome = faults.length === 0 ? "passed" : "failed";
  const detail = advice.join("\n");
  return { suite: "model", name: "the model end to end", outcome, message: faults.join("; "), detail };
}

/** The losses, and the cases of the checkpoint that was written, if one was. */
export function calibrateCases({ file, checkpoint }: CalibrateReport): Case[] {
  const losses = [...(file?.losses ?? []), ...(checkpoint?.losses ?? [])].map(
    ({ code, detail, site }): Case => ({
      suite: "losses",
      name: code,
      outcome: "warning",
      message: site === undefined ? detail : `${site}: ${detail}`,
    }),
  );
  return checkpoint === null ? losses : [...losses, ...inspectCases(checkpoint.result)];
}

const OUTCOMES = { error: "failed", warning: "warning", info: "passed" } as const;
const LEVELS = { ok: "passed", warn: "warning", fail: "failed" } as const;
