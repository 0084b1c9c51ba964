import type { Provenance } from "../../operations/provenance.js";
import type { WriteReport } from "../../operations/write.js";
import { bytesText, countText } from "../words.js";
import { inspectSections } from "./inspect-page.js";
import type { Note, Page, Section } from "./page.js";

/** The report of `merge`, `convert` and `strip`: what was written, what was lost, who can use it. */
export function writePage(command: string, report: WriteReport, provenance: Provenance): Page {
  const { target, written, losses, result } = report;
  const ready = result.readiness.filter(({ verdict }) => verdict === "loads").map(({ engine }) => engine);
  return {
    title: `kvscale ${command}`,
    subject: target,
    verdict: {
      mood: losses.length > 0 ? "warn" : "good",
      text: written ? "Written" : "Would be written (dry run)",
      why:
        losses.length > 0
          ? `${countText(losses.length, "loss", "losses")}.`
          : `Loaded by: ${ready.join(", ") || "no engine"}.`,
    },
    figures: [
      { label: "scales", value: String(result.scales.length) },
      { label: "size", value: bytesText(result.checkpoint.bytes) },
    ],
    sections: [stepsSection(report), lossesSection(report), ...inspectSections(result)],
    provenance,
  };
}

/** What becomes of each file of a checkpoint; those that are kept are only counted. */
export function stepsSection({ steps }: Pick<WriteReport, "steps">): Section {
  const loud = steps.filter(({ step, from }) => step !== "keep" || from !== null);
  const rows = loud.map(({ step, path, from, bytes, why }) => [
    step,
    from === null ? path : `${from} as ${path}`,
    bytesText(bytes),
    why ?? "",
  ]);
  const kept = steps.length - loud.length;
  const rest = `${countText(kept, "other file")} kept as ${kept === 1 ? "it is" : "they are"}.`;
  const size = { title: "size", align: "right" as const };
  const head = [{ title: "" }, { title: "file" }, size, { title: "why" }];
  return {
    title: "Files",
    parts: [
      ...(rows.length === 0 ? [] : [{ kind: "table", form: "stacked", head, rows } as const]),
      ...(kept === 0 ? [] : [{ kind: "prose", text: rest } as const]),
    ],
  };
}

/** What could not be kept. */
export function lossesSection({ losses }: Pick<WriteReport, "losses">): Section {
  const notes = losses.map(
    ({ code, detail, site }): Note => ({
      mood: "warn",
      label: "loss",
      code,
      text: site === undefined ? detail : `${site}: ${detail}`,
    }),
  );
  return { title: "Losses", parts: notes.length === 0 ? [] : [{ kind: "notes", notes }] };
}
