import type { VerifiedLayer, VerifyReport } from "../../operations/verify.js";
import { figureText } from "../words.js";
import type { Mood } from "./mood.js";
import type { Cell, Part, Section, Table } from "./page.js";
import type { Limit, Plot, Series } from "./plot.js";

/** What the layers of a run were judged by. */
export type Judged = Pick<VerifyReport, "layers" | "thresholds">;
type Figures = NonNullable<VerifiedLayer["figures"]>;

/** SQNR by layer, and every figure as a table. */
export function lossSection(report: Judged): Section {
  const plot = layerPlot(report, "SQNR of attention by layer, against the original values", "dB", "linear", [
    { name: "stored scales", mark: "disc", of: ({ loss }) => loss.sqnr },
  ]);
  return { title: "Loss by layer", parts: [{ ...plot, limits: sqnrLimits(report) }, lossTable(report)] };
}

/** The same layers at scale 1.0, at their ideal scales and in e5m2, side by side. */
export function contrastSection(report: Judged): Section {
  const plot = layerPlot(
    report,
    "SQNR by layer under other scales and another format",
    "dB",
    "linear",
    CONTRASTS,
  );
  const head = ["layer", ...CONTRASTS.map(({ name }) => name)].map((title) => ({
    title,
    align: "right" as const,
  }));
  const rows = report.layers.map(({ layer, figures }): Cell[] => [
    String(layer),
    ...CONTRASTS.map(({ of }) => (figures === null ? "" : sqnrCell(of(figures), report))),
  ]);
  const parts: Part[] = isEmpty(report) ? [] : [plot, { kind: "table", form: "wide", head, rows }];
  return { title: "What other scales would cost", intro: CONTRAST_NOTE, parts };
}

/** Head-room and clipping: how the scales use the range of the format. */
export function rangeSection(report: Judged): Section {
  const room = layerPlot(
    report,
    "Head-room by layer: largest code · scale / largest value (logarithmic)",
    "×",
    "log",
    [
      { name: "k", mark: "disc", of: ({ k }) => k.headRoom },
      { name: "v", mark: "square", of: ({ v }) => v.headRoom },
    ],
  );
  const limit: Limit = { at: 1, name: "clips below", mood: "bad", bad: "below" };
  return {
    title: "Use of the range",
    parts: isEmpty(report) ? [] : [{ ...room, limits: [limit] }, clipPart(report)],
  };
}

const CONTRAST_NOTE =
  "A stored scale near its ideal cannot be improved; one below 1.0's figure is worse than no calibration.";

interface Curve extends Pick<Series, "name" | "mark"> {
  of(figures: Figures): number;
}

const CONTRASTS: readonly Curve[] = [
  { name: "stored", mark: "disc", of: ({ loss }) => loss.sqnr },
  { name: "at 1.0", mark: "ring", of: ({ contrast }) => contrast.unit.sqnr },
  { name: "ideal", mark: "frame", of: ({ contrast }) => contrast.ideal.sqnr },
  { name: "e5m2", mark: "square", of: ({ contrast }) => contrast.e5m2.sqnr },
];

function layerPlot(
  { layers }: Judged,
  label: string,
  unit: string,
  axis: Plot["axis"],
  curves: readonly Curve[],
): Plot {
  const series = curves.map(({ name, mark, of }) => ({
    name,
    mark,
    values: layers.map(({ figures }) => (figures === null ? undefined : of(figures))),
  }));
  return { kind: "plot", label, unit, axis, layers: layers.map(columnOf), series, limits: [] };
}

/** A layer as a column of a plot. */
export function columnOf({ layer, site }: VerifiedLayer) {
  return { name: String(layer), title: site };
}

function isEmpty({ layers }: Judged): boolean {
  return layers.every(({ figures }) => figures === null);
}

function sqnrLimits({ thresholds: { minSqnr, failSqnr } }: Judged): Limit[] {
  return [
    { at: minSqnr, name: `warns below ${minSqnr}`, mood: "warn", bad: "below" },
    { at: failSqnr, name: `fails below ${failSqnr}`, mood: "bad", bad: "below" },
  ];
}

/** A plot of nothing but zeros would say less than a sentence. */
function clipPart(report: Judged): Part {
  const plot = layerPlot(
    report,
    "Clipped values by layer (logarithmic; layers without any are not drawn)",
    "",
    "log",
    [
      { name: "k", mark: "disc", of: ({ k }) => k.clipRate },
      { name: "v", mark: "square", of: ({ v }) => v.clipRate },
    ],
  );
  const series = plot.series.map((one) => ({
    ...one,
    values: one.values.map((rate) => (rate === 0 ? undefined : rate)),
  }));
  if (series.every(({ values }) => values.every((rate) => rate === undefined)))
    return { kind: "prose", text: "No value of any layer is clipped." };
  const at = report.thresholds.maxClipRate;
  return {
    ...plot,
    series,
    limits: [{ at, name: `fails above ${figureText(at)}`, mood: "bad", bad: "above" }],
  };
}

function lossTable(report: Judged): Table {
  const titles = [
    "layer",
    "",
    "k",
    "v",
    "SQNR dB",
    "rel. L2",
    "KL",
    "top-1",
    "clipped",
    "head-room",
    "subnormal",
  ];
  const head = titles.map((title, at) => ({ title, ...(at === 1 ? {} : { align: "right" as const }) }));
  return { kind: "table", form: "wide", head, rows: report.layers.map((layer) => lossRow(layer, report)) };
}

function lossRow({ layer, level, k, v, figures }: VerifiedLayer, report: Judged): Cell[] {
  const start: Cell[] = [String(layer), { text: level, mood: MOODS[level] }, scalesText(k), scalesText(v)];
  if (figures === null) return [...start, ...Array<Cell>(7).fill("")];
  const { loss } = figures;
  const most = (of: "clipRate" | "subnormalRate") => figureText(Math.max(figures.k[of], figures.v[of]));
  const room = figureText(Math.min(figures.k.headRoom, figures.v.headRoom));
  const own = [figureText(loss.relativeL2), figureText(loss.divergence), loss.topOne.toFixed(2)];
  return [...start, sqnrCell(loss.sqnr, report), ...own, most("clipRate"), room, most("subnormalRate")];
}

const MOODS: Record<VerifiedLayer["level"], Mood> = { ok: "good", warn: "warn", fail: "bad" };

function sqnrCell(sqnr: number, { thresholds }: Judged): Cell {
  const mood = sqnr >= thresholds.minSqnr ? "good" : sqnr >= thresholds.failSqnr ? "warn" : "bad";
  return { text: sqnr.toFixed(1), mood };
}

function scalesText(scales: readonly number[] | null): string {
  if (scales === null) return "absent";
  return scales.length === 1 ? figureText(scales[0]!) : `${scales.length} heads`;
}
