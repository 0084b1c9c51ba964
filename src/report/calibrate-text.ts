import type { CalibratedLayer, CalibrateReport } from "../operations/calibrate.js";
import { type Column, columns, hanging } from "./columns.js";
import { escapeText } from "./escape.js";
import type { View } from "./paint.js";
import { countText, scaleText } from "./words.js";
import { lossLines, writeText } from "./write-text.js";

/** `calibrate` for people: what the scales rest on, the scales, and what was written. */
export function calibrateText(report: CalibrateReport, view: View): string {
  const { checkpoint, file } = report;
  const parts = [
    headLines(report, view),
    report.layers.length === 0 ? [] : [columns(HEAD, report.layers.map(row), view.width)],
    file === null
      ? []
      : [
          `Wrote ${escapeText(file.path)} (${file.form}, ${file.bytes} bytes)`,
          ...lossLines(file.losses, view),
        ],
    checkpoint === null ? [] : [writeText(checkpoint, view)],
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function headLines(
  { label, parts, layers, method, granularity, format, stats }: CalibrateReport,
  { paint, width }: View,
) {
  const sum = (of: "tokens" | "sequences") => parts.reduce((total, part) => total + part[of], 0);
  const on = `${countText(sum("tokens"), "token")} in ${countText(sum("sequences"), "sequence")}`;
  const per = granularity === "head" ? "per KV head" : "per layer";
  const lines = [`${paint("strong", escapeText(label))}  ${on}, ${method}, ${per}, ${format}`];
  if (stats !== null) lines.push(`Wrote statistics ${escapeText(stats)}`);
  if (layers.length > 0) return lines;
  const [first] = parts;
  const next = `Part ${first!.index} of ${first!.of}. When all parts are there: kvscale calibrate REF --from-stats FILES -o OUT`;
  return [...lines, ...hanging("", next, width)];
}

const HEAD: readonly Column[] = ["layer", "k scale", "v scale", "largest k", "largest v"].map((title) => ({
  title,
  align: "right" as const,
}));

function row({ layer, k, v, reach }: CalibratedLayer): string[] {
  const largest = (of: readonly number[]) => Math.max(...of).toPrecision(4);
  return [String(layer), spread(k), spread(v), largest(reach.k), largest(reach.v)];
}

function spread(scales: readonly number[]): string {
  const short = (scale: number) => scaleText(Number(scale.toPrecision(5)));
  return scales.length === 1
    ? short(scales[0]!)
    : `${short(Math.min(...scales))} – ${short(Math.max(...scales))}`;
}
