import { inspect } from "../../src/operations/inspect.js";
import { type VerifyInput, type VerifyReport, verify } from "../../src/operations/verify.js";
import { inspectPage } from "../../src/report/page/inspect-page.js";
import type { Page } from "../../src/report/page/page.js";
import { verifyPage } from "../../src/report/page/verify-page.js";
import { unheard } from "../operations/desk.js";
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
