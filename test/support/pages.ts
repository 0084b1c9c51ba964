import { type CalibrateInput, type CalibrateReport, calibrate } from "../../src/operations/calibrate.js";
import { type Deps, localDeps } from "../../src/operations/deps.js";
import { inspect } from "../../src/operations/inspect.js";
import { type VerifyInput, type VerifyReport, verify } from "../../src/operations/verify.js";
import { calibratePage } from "../../src/report/page/calibrate-page.js";
import { inspectPage } from "../../src/report/page/inspect-page.js";
import type { Page } from "../../src/report/page/page.js";
import { verifyPage } from "../../src/report/page/verify-page.js";
import { unheard } from "../operations/desk.js";
import { biasedModel } from "./model/key-biases.js";
import { PROVENANCE } from "./provenance.js";

/** The page of an inspected checkpoint. */
export async function inspected(ref: string): Promise<Page> {
  return inspectPage(await inspect({ ref }, unheard), PROVENANCE);
}

/** The page of a verified one, on the reference backend and few keys. */
export async function verified(ref: string, input: Omit<VerifyInput, "ref"> = {}): Promise<Page> {
  const { report, page } = await verifiedReport(ref, input);
  return page(report);
}

/** The same, with the report still to be changed. */
export async function verifiedReport(ref: string, input: Omit<VerifyInput, "ref"> = {}) {
  const choices = { backend: "reference", keys: 24, queries: 2 } as const;
  const report = await verify({ ref, ...choices, ...input }, unheard);
  const checkpoint = await inspect({ ref }, unheard);
  return { report, page: (changed: VerifyReport) => verifyPage(changed, checkpoint, PROVENANCE) };
}

/** A checkpoint whose model was run: large K biases in two of its four layers. Made once for all tests of a file. */
export async function ranModel(): Promise<{ report: VerifyReport; page: (changed: VerifyReport) => Page }> {
  model ??= verify({ ref: "made-up", ...MODEL_INPUT }, unheard, await modelDeps());
  const report = await model;
  return { report, page: (changed) => verifyPage(changed, undefined, PROVENANCE) };
}

let model: Promise<VerifyReport> | undefined;

const MODEL_INPUT = {
  ...({ scales: "unit", tokens: "tokens", keys: 16, queries: 4, backend: "reference" } as const),
  compare: ["recalibrated", "per-head", "e5m2", "k16-v8"],
} as const;

async function modelDeps(): Promise<Deps> {
  const { source } = await biasedModel([0, 3], 300);
  const ids = Array.from({ length: 4 }, (_, at) => Array.from({ length: 16 }, (_, n) => (7 * n + at) % 48));
  return { ...localDeps, open: async () => source, readText: async () => JSON.stringify(ids) };
}

/** A calibration of the same model; nothing is written. */
export async function calibrated(input: Partial<CalibrateInput> = {}): Promise<CalibrateReport> {
  const deps = { ...(await modelDeps()), writeFile: async () => {}, checkFile: async () => {} };
  const scaleFile = { path: "nowhere/scales.safetensors", force: false };
  const choices = { ref: "made-up", tokens: "tokens", backend: "reference" } as const;
  return calibrate({ ...choices, scaleFile, ...input }, unheard, deps);
}

/** Its page. */
export async function calibratedPage(input: Partial<CalibrateInput> = {}): Promise<Page> {
  return calibratePage(await calibrated(input), PROVENANCE);
}
