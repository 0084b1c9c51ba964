import type { Level } from "../attention/verdict.js";
import type { VerifiedLayer, VerifyReport } from "../operations/verify.js";
import { type Column, columns, hanging, narrowed, type Spare } from "./columns.js";
import { escapeText } from "./escape.js";
import { modelLines } from "./model-text.js";
import type { Tone, View } from "./paint.js";
import { countText, rangesText, scaleText } from "./words.js";
import { worstFirst } from "./worst-first.js";

/** `verify` for people: the verdict, what the figures speak of, the layers with the worst first. */
export function verifyText(report: VerifyReport, view: View, perHead: boolean): string {
  const layers = worstFirst(report.layers);
  const parts = [
    headLines(report, view),
    [
      columns(
        ...narrowed(
          HEAD,
          layers.map((layer) => row(layer, view)),
          view.width,
        ),
        view.width,
      ),
    ],
    [...reasonLines(layers, view), ...beyondScales(report, view)],
    perHead ? headTable(layers, view) : [],
    report.model === null ? [] : modelLines(report.model, view),
    noteLines(report, view),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

const TONES: Record<Level, Tone> = { ok: "good", warn: "warn", fail: "bad" };

const HEAD: readonly Spare[] = [
  { title: "layer", align: "right" },
  { title: "" },
  { title: "k", align: "right" },
  { title: "v", align: "right" },
  { title: "SQNR dB", align: "right" },
  { title: "rel. L2", align: "right", spare: 1 },
  { title: "KL", align: "right", spare: 2 },
  { title: "top-1", align: "right", spare: 3 },
  { title: "clipped", align: "right" },
  { title: "at 1.0", align: "right" },
  { title: "ideal", align: "right" },
  { title: "e5m2", align: "right", spare: 4 },
];

function headLines(report: VerifyReport, { paint }: View): string[] {
  const { label, level, layers, format, backend } = report;
  const failing = layers.filter((layer) => layer.level === "fail").length;
  const ofLayers =
    failing === 0
      ? "the model fails"
      : `${countText(failing, "layer")} of ${layers.length} ${failing === 1 ? "fails" : "fail"}`;
  const verdict = level === "fail" ? ofLayers : WORDS[level];
  const where =
    backend.instructionSet === undefined ? backend.name : `${backend.name} (${backend.instructionSet})`;
  return [
    `${paint("strong", escapeText(label))}  ${paint(TONES[level], verdict)}`,
    `${countText(layers.length, "layer")}, ${format}, ${report.data} values, backend ${where}`,
  ];
}

const WORDS: Record<Exclude<Level, "fail">, string> = { ok: "ok", warn: "usable, with warnings" };

/** The last three columns are the SQNR of the same layer at scale 1.0, at the ideal scale, and in e5m2. */
function row({ layer, level, k, v, figures }: VerifiedLayer, { paint }: View): string[] {
  const head = [String(layer), paint(TONES[level], level), scalesText(k), scalesText(v)];
  if (figures === null) return head;
  const { loss, contrast } = figures;
  const clipped = Math.max(figures.k.clipRate, figures.v.clipRate);
  const others = [contrast.unit, contrast.ideal, contrast.e5m2].map(({ sqnr }) => sqnr.toFixed(1));
  const own = [loss.sqnr.toFixed(1), loss.relativeL2.toPrecision(2), loss.divergence.toExponential(1)];
  return [...head, ...own, loss.topOne.toFixed(2), clipped === 0 ? "0" : clipped.toExponential(1), ...others];
}

function scalesText(scales: readonly number[] | null): string {
  if (scales === null) return "absent";
  if (scales.length === 1) return scaleText(Number(scales[0]!.toPrecision(5)));
  return `${scales.length} heads`;
}

function reasonLines(layers: readonly VerifiedLayer[], { paint, width }: View): string[] {
  const told = layers.filter(({ reasons }) => reasons.length > 0);
  const lines = told
    .slice(0, MOST_REASONS)
    .flatMap(({ layer, level, reasons }) =>
      hanging(`  ${paint(TONES[level], level)}  layer ${layer}: `, reasons.join("; "), width),
    );
  const more =
    told.length > MOST_REASONS ? [`  and ${countText(told.length - MOST_REASONS, "layer")} more`] : [];
  return lines.length === 0 ? [] : [paint("strong", "Why"), ...lines, ...more];
}

const MOST_REASONS = 12;

/** Decibels: scales that lose so little against the ideal ones are not what is wrong. */
const NEARLY = 3;

/** Where the best scale fails too, another calibration is lost labour. */
function beyondScales({ layers, thresholds: { failSqnr } }: VerifyReport, { width }: View): string[] {
  const lost = layers.filter(({ figures }) => {
    if (figures === null || figures.loss.sqnr >= failSqnr) return false;
    const ideal = figures.contrast.ideal.sqnr;
    return ideal < failSqnr && figures.loss.sqnr > ideal - NEARLY;
  });
  if (lost.length === 0) return [];
  const names = rangesText(lost.map(({ layer }) => layer));
  const which = lost.length === 1 ? `Layer ${names}` : `Layers ${names}`;
  const told = `${which}: not the scales' fault, the ideal ones stay below ${failSqnr} dB too. What is left: scales per KV head, K in 16 bits (--compare per-head,k16-v8 tells what they gain), or a --min-sqnr that the model's own figures bear out.`;
  return hanging("  - ", told, width);
}

function headTable(layers: readonly VerifiedLayer[], { width, paint }: View): string[] {
  const rows = layers.flatMap(({ layer, figures }) =>
    (figures?.heads ?? []).map((loss, head) => [
      `  ${layer}`,
      String(head),
      loss.sqnr.toFixed(1),
      loss.topOne.toFixed(2),
    ]),
  );
  const head = ["layer", "head", "SQNR dB", "top-1"].map((title): Column => ({ title, align: "right" }));
  return [paint("strong", "Query heads"), columns(head, rows, width)];
}

/** What the figures do not say must stand beside them. */
const NOTES = {
  model:
    "Each layer is judged by what it really attended with on the first sequence; the streams by the whole text. Other text may reach further.",
  synthetic:
    "Synthetic values are drawn as large as the scales, or those of --fit, allow: they judge the format, the kernel and the scales' form, not whether the scales fit this model. Its own values do, where it can be run on text, or captured ones with --activations.",
  activations: "The figures hold for the captured values; other text may reach further.",
};

function noteLines({ data }: VerifyReport, { paint, width }: View): string[] {
  return hanging("", NOTES[data], width).map((line) => paint("faint", line));
}
