import type { InspectReport } from "../operations/inspect.js";
import type { Provenance } from "../operations/provenance.js";
import type { VerifyReport } from "../operations/verify.js";
import { htmlPage } from "./html/page.js";
import { markdownPage } from "./markdown/page.js";
import { inspectPage } from "./page/inspect-page.js";
import type { Page } from "./page/page.js";
import { verifyPage } from "./page/verify-page.js";

/** The forms of a report: one self-contained HTML file, or the same as Markdown. */
export type ReportForm = "html" | "markdown";

/** What `kvscale inspect --report` writes. */
export function renderInspect(report: InspectReport, provenance: Provenance, form: ReportForm): string {
  return rendered(inspectPage(report, provenance), form);
}

/** What `kvscale verify --report` writes; `checkpoint` adds findings, scales and engines. */
export function renderVerify(
  report: VerifyReport,
  checkpoint: InspectReport | undefined,
  provenance: Provenance,
  form: ReportForm,
): string {
  return rendered(verifyPage(report, checkpoint, provenance), form);
}

function rendered(page: Page, form: ReportForm): string {
  return form === "html" ? htmlPage(page) : markdownPage(page);
}
