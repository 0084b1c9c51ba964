import type { Provenance } from "../../operations/provenance.js";
import type { PushReport } from "../../operations/push.js";
import { bytesText, countText } from "../words.js";
import { inspectSections } from "./inspect-page.js";
import type { Page, Part, Section } from "./page.js";

/** The report of `push`: what became of each file that differed, and what the checkpoint holds. */
export function pushPage(report: PushReport, dryRun: boolean, provenance: Provenance): Page {
  const { push, written, result } = report;
  const changed = push.files.filter(({ way }) => way !== "same");
  const text = changed.length === 0 ? "Nothing to push" : dryRun ? "Would be pushed (dry run)" : "Pushed";
  return {
    title: "kvscale push",
    subject: push.repository,
    verdict: { mood: "good", text, why: written ? push.url : `${countText(changed.length, "file")} differ.` },
    figures: [
      { label: "scales", value: String(result.scales.length) },
      { label: "size", value: bytesText(result.checkpoint.bytes) },
    ],
    sections: [filesSection(report), ...inspectSections(result)],
    provenance,
  };
}

function filesSection({ push, leftOut }: PushReport): Section {
  const changed = push.files.filter(({ way }) => way !== "same");
  const rows = changed.map(({ path, bytes, way }) => [way, path, bytesText(bytes)]);
  const head = ["", "file", "size"].map((title) => ({ title }));
  const parts: Part[] = rows.length === 0 ? [] : [{ kind: "table", form: "stacked", head, rows }];
  if (leftOut.length > 0) {
    const text = `Left out, since hidden files may hold secrets: ${leftOut.join(", ")}.`;
    parts.push({ kind: "prose", text });
  }
  return { title: "Files", parts };
}
