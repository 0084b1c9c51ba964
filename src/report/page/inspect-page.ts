import type { InspectReport } from "../../operations/inspect.js";
import type { Provenance } from "../../operations/provenance.js";
import { bytesText, countText } from "../words.js";
import { declaredSection, findingsSection } from "./findings.js";
import type { Figure, Page, Section, Verdict } from "./page.js";
import { readinessSection } from "./readiness.js";
import { scalesSection } from "./scales.js";

/** The report of `inspect`: the scales by layer, what declares them, what is wrong, what each engine does. */
export function inspectPage(report: InspectReport, provenance: Provenance): Page {
  return {
    title: "KV-cache scales",
    subject: report.checkpoint.label,
    verdict: inspectVerdict(report),
    figures: figuresOf(report),
    sections: inspectSections(report),
    provenance,
  };
}

/** The sections of a checkpoint, for other reports that speak of one. */
export function inspectSections(report: InspectReport): Section[] {
  return [
    findingsSection(report.findings),
    scalesSection(report),
    readinessSection(report.readiness),
    declaredSection(report),
  ];
}

/** The answer of `inspect`: broken, without scales, or who can use it. */
export function inspectVerdict({ scales, findings, readiness }: InspectReport): Verdict {
  const errors = findings.filter(({ severity }) => severity === "error");
  const ready = readiness.filter(({ verdict }) => verdict === "loads").map(({ engine }) => engine);
  const [only] = readiness;
  if (errors.length > 0)
    return { mood: "bad", text: `${countText(errors.length, "error")} found`, why: errors[0]!.message };
  if (scales.length === 0)
    return { mood: "plain", text: "No KV scales", why: "No tensor and no sidecar of a known spelling." };
  if (readiness.length === 1 && only !== undefined) {
    const loads = only.verdict === "loads";
    return {
      mood: loads ? "good" : "warn",
      text: `${only.engine} ${loads ? "loads" : "does not load"} these scales`,
      why: only.reason,
    };
  }
  if (ready.length === 0)
    return {
      mood: "warn",
      text: "No engine loads these scales",
      why: "Convert them for the engine that shall.",
    };
  return {
    mood: "good",
    text: `${ready.length} of ${readiness.length} engines ${ready.length === 1 ? "loads" : "load"} these scales`,
    why: `Ready as it is: ${ready.join(", ")}.`,
  };
}

function figuresOf({ checkpoint, geometry, scales, sites, format, findings }: InspectReport): Figure[] {
  const scaled = new Set(scales.map(({ site }) => site)).size;
  const { layers, kvHeads, headSize } = geometry;
  const heads = [
    kvHeads === undefined ? undefined : countText(kvHeads, "KV head"),
    headSize === undefined ? undefined : `size ${headSize}`,
  ];
  const severe = findings.filter(({ severity }) => severity !== "info").length;
  return [
    { label: "scales", value: String(scales.length), note: `on ${scaled} of ${countText(sites, "module")}` },
    { label: "format", value: format.replace("float8_", ""), note: "of the cache" },
    {
      label: "model",
      value: geometry.modelType ?? "unknown",
      note: [layers === undefined ? undefined : countText(layers, "layer"), ...heads]
        .filter(Boolean)
        .join(", "),
    },
    {
      label: "findings",
      value: String(severe),
      note: "errors and warnings",
      ...(severe > 0 ? { mood: "warn" as const } : {}),
    },
    { label: "checkpoint", value: bytesText(checkpoint.bytes), note: countText(checkpoint.shards, "shard") },
  ];
}
