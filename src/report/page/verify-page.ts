import type { InspectReport } from "../../operations/inspect.js";
import type { Provenance } from "../../operations/provenance.js";
import type { VerifyReport } from "../../operations/verify.js";
import { countText, figureText } from "../words.js";
import { sqnrOf, worstFirst } from "../worst-first.js";
import { findingsSection } from "./findings.js";
import { headsSection } from "./heads.js";
import { inspectSections } from "./inspect-page.js";
import { judgedSection, ownScales } from "./judged-scales.js";
import { contrastSection, lossSection, rangeSection } from "./layers.js";
import { adviceSection, modelFigures, modelSections } from "./model.js";
import type { Mood } from "./mood.js";
import type { Figure, Note, Page, Section } from "./page.js";
import { verifyVerdict } from "./verify-verdict.js";

/** The report of `verify`: what the cache costs by layer, what other scales would, and the checkpoint itself. */
export function verifyPage(
  report: VerifyReport,
  checkpoint: InspectReport | undefined,
  provenance: Provenance,
): Page {
  return {
    title: "Accuracy of an FP8 KV cache",
    subject: report.label,
    verdict: verifyVerdict(report),
    figures: [...(report.model === null ? [] : modelFigures(report.model)), ...figuresOf(report)],
    sections: [
      ...(report.model === null ? [] : [adviceSection(report.model)]),
      reasonsSection(report),
      ...(report.model === null ? [] : modelSections(report.model)),
      ...(ownScales(report, checkpoint) ? [] : [judgedSection(report)]),
      lossSection(report),
      contrastSection(report),
      rangeSection(report),
      headsSection(report),
      ...checkpointSections(checkpoint),
      choicesSection(report),
    ],
    provenance,
  };
}

/** Of a checkpoint without scales, judged with those of another, it says little what engines make of it. */
function checkpointSections(checkpoint: InspectReport | undefined): Section[] {
  if (checkpoint === undefined) return [];
  return checkpoint.scales.length === 0
    ? [findingsSection(checkpoint.findings)]
    : inspectSections(checkpoint);
}

/** What a level is called by its colour. */
export const LEVEL_MOODS: Record<VerifyReport["level"], Mood> = { ok: "good", warn: "warn", fail: "bad" };

function figuresOf({ layers, thresholds }: VerifyReport): Figure[] {
  const known = layers.flatMap(({ figures }) => (figures === null ? [] : [figures]));
  if (known.length === 0) return [];
  const without = layers.length - known.length;
  const sqnrs = layers
    .filter(({ figures }) => figures !== null)
    .map(sqnrOf)
    .sort((a, b) => a - b);
  const worst = sqnrs[0]!;
  const clipped = Math.max(...known.flatMap(({ k, v }) => [k.clipRate, v.clipRate]));
  const room = Math.min(...known.flatMap(({ k, v }) => [k.headRoom, v.headRoom]));
  const topOne = known.reduce((sum, { loss }) => sum + loss.topOne, 0) / known.length;
  const mood: Mood = worst >= thresholds.minSqnr ? "good" : worst >= thresholds.failSqnr ? "warn" : "bad";
  const unusable: Figure = { label: "unusable", value: countText(without, "layer"), mood: "bad" };
  return [
    ...(without === 0 ? [] : [unusable]),
    {
      label: without === 0 ? "worst layer" : "worst of the others",
      value: decibels(worst),
      note: `fails below ${thresholds.failSqnr} dB`,
      mood,
    },
    {
      label: "median layer",
      value: decibels(sqnrs[Math.floor(sqnrs.length / 2)]!),
      note: "SQNR of attention",
    },
    {
      label: "clipped, at most",
      value: clipped === 0 ? "none" : `${figureText(100 * clipped)} %`,
      note: "of a layer's k or v",
      ...(clipped > thresholds.maxClipRate ? { mood: "bad" as const } : {}),
    },
    { label: "least head-room", value: `${figureText(room)}×`, note: "below 1 something clips" },
    { label: "strongest key kept", value: `${(100 * topOne).toFixed(0)} %`, note: "mean over layers" },
  ];
}

function decibels(sqnr: number): string {
  if (!Number.isFinite(sqnr)) return sqnr > 0 ? "∞ dB" : "no number";
  return `${sqnr.toFixed(1)} dB`;
}

function reasonsSection({ layers }: VerifyReport): Section {
  const notes = worstFirst(layers)
    .filter(({ reasons }) => reasons.length > 0)
    .map(
      ({ layer, site, level, reasons }): Note => ({
        mood: LEVEL_MOODS[level],
        label: `${level}: layer ${layer}`,
        code: site,
        text: reasons.join("; "),
      }),
    );
  const rest = notes.length - MOST;
  const more =
    rest > 0
      ? [{ kind: "prose", text: `And ${countText(rest, "layer")} more, in the table below.` } as const]
      : [];
  return {
    title: "Why",
    parts: notes.length === 0 ? [] : [{ kind: "notes", notes: notes.slice(0, MOST) }, ...more],
  };
}

const MOST = 12;

/** What the figures do and do not say must stand beside them. */
function choicesSection({ data, format, choices, thresholds, backend }: VerifyReport): Section {
  const where =
    backend.instructionSet === undefined ? backend.name : `${backend.name} (${backend.instructionSet})`;
  const facts = [
    ["values", VALUES[data](choices)],
    ["sequence", `${choices.keys} keys, the last ${choices.queries} ask`],
    ["format", format],
    [
      "written as",
      choices.writer === "cuda"
        ? "by GPUs: rounded to nearest even, saturating"
        : "by vLLM's CPU backend: truncated",
    ],
    [
      "thresholds",
      `warn below ${thresholds.minSqnr} dB, fail below ${thresholds.failSqnr} dB or beyond ${thresholds.maxClipRate} clipped`,
    ],
    ["backend", where],
  ];
  return {
    title: "What was run",
    intro: NOTES[data],
    parts: [{ kind: "table", form: "stacked", head: [{ title: "" }, { title: "" }], rows: facts }],
  };
}

const VALUES: { readonly [data in VerifyReport["data"]]: (choices: VerifyReport["choices"]) => string } = {
  model: () => "the model's own, on text",
  synthetic: ({ distribution, seed }) => `synthetic, ${distribution}, seed ${seed}`,
  activations: () => "captured",
};

const NOTES = {
  model:
    "Each layer is judged by what it really attended with on the first sequence of the text; other text may reach further.",
  synthetic:
    "Synthetic values are drawn as large as the scales allow: they judge the format, the kernel and the scales' form, not whether the scales fit this model. Captured values (--activations) or another checkpoint's size (--fit) do that.",
  activations: "The figures hold for the captured values; other text may reach further.",
};
