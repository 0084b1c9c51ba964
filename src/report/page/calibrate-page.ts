import { FP8_FORMATS } from "../../numeric/fp8.js";
import type { CalibratedLayer, CalibrateReport } from "../../operations/calibrate.js";
import type { Provenance } from "../../operations/provenance.js";
import { bytesText, countText, figureText, scaleText } from "../words.js";
import { calibrateFigures, headRoom } from "./calibrate-figures.js";
import { candidatesSection, columnOf } from "./candidates.js";
import { declaredSection, findingsSection } from "./findings.js";
import type { Heat } from "./heat.js";
import { channelsSection } from "./outliers.js";
import type { Cell, Page, Part, Section, Table, Verdict } from "./page.js";
import type { Plot } from "./plot.js";
import { readinessSection } from "./readiness.js";
import { lossesSection, stepsSection } from "./write-page.js";

/** The report of `calibrate`: the scales by layer, what they were chosen among, how they use the range, what was written. */
export function calibratePage(report: CalibrateReport, provenance: Provenance): Page {
  return {
    title: "Calibrated KV-cache scales",
    subject: report.label,
    verdict: verdictOf(report),
    figures: calibrateFigures(report),
    sections: [
      lossesSection(lossesOf(report)),
      scalesSection(report),
      candidatesSection(report),
      rangeSection(report),
      outliersSection(report),
      ...writtenSections(report),
      restSection(report),
    ],
    provenance,
  };
}

function verdictOf(report: CalibrateReport): Verdict {
  const { layers, parts, file, checkpoint, stats } = report;
  const places = [file?.path, checkpoint?.written ? checkpoint.target : undefined, stats];
  const written = places.filter((place) => typeof place === "string");
  const losses = lossesOf(report).losses.length;
  const planned =
    checkpoint !== null && !checkpoint.written ? [`Dry run: ${checkpoint.target} would be written.`] : [];
  const why = [...(written.length === 0 ? [] : [`Written: ${written.join(", ")}.`]), ...planned].join(" ");
  if (layers.length === 0)
    return {
      mood: "plain",
      text: `Part ${parts[0]!.index} of ${parts[0]!.of}: no scales yet`,
      why: `${why} When all parts are there: \`kvscale calibrate REF --from-stats FILES -o OUT\`.`,
    };
  const text = `Scales of ${countText(layers.length, "layer")}`;
  return losses === 0
    ? { mood: "good", text, why }
    : { mood: "warn", text: `${text}, with ${countText(losses, "loss", "losses")}`, why };
}

function lossesOf({ file, checkpoint }: CalibrateReport) {
  return { losses: [...(file?.losses ?? []), ...(checkpoint?.losses ?? [])] };
}

function scalesSection({ layers, granularity, format }: CalibrateReport): Section {
  if (layers.length === 0) return { title: "Scales", parts: [] };
  const most = granularity === "head" ? ", the largest of its heads" : "";
  const scales = layerPlot(layers, `Scale by layer${most} (logarithmic)`, ({ k, v }) => [k, v]);
  const reach = layerPlot(layers, "Largest magnitude by layer (logarithmic)", ({ reach: { k, v } }) => [
    k,
    v,
  ]);
  const largest = `Largest magnitudes are those of keys after the rotary embedding and of values, on the text of the run: other text may reach further. The largest code of ${format.replace("float8_", "")} is ${FP8_FORMATS[format].largest}.`;
  return {
    title: "Scales",
    intro: `A scale is the step of the 8-bit cache: x ≈ fp8 · scale. ${largest}`,
    parts: [scales, reach, ...(granularity === "head" ? headMaps(layers) : []), scaleTable(layers)],
  };
}

function layerPlot(
  layers: readonly CalibratedLayer[],
  label: string,
  of: (layer: CalibratedLayer) => readonly [k: readonly number[], v: readonly number[]],
): Plot {
  const series = [
    { name: "k", mark: "disc" as const, values: layers.map((layer) => Math.max(...of(layer)[0])) },
    { name: "v", mark: "square" as const, values: layers.map((layer) => Math.max(...of(layer)[1])) },
  ];
  return { kind: "plot", label, unit: "", axis: "log", layers: layers.map(columnOf), series, limits: [] };
}

function headMaps(layers: readonly CalibratedLayer[]): Heat[] {
  const heads = Math.max(...layers.map(({ k }) => k.length));
  const rows = Array.from({ length: heads }, (_, head) => `head ${head}`);
  return (["k", "v"] as const).map((role) => ({
    ...{ kind: "heat", label: `${role} scale by layer and KV head`, unit: "", worst: "high", rows },
    columns: layers.map(columnOf),
    cells: rows.map((_, head) => layers.map((layer) => layer[role][head])),
  }));
}

function scaleTable(layers: readonly CalibratedLayer[]): Table {
  const titles = ["layer", "k scale", "v scale", "largest k", "largest v"];
  const rows = layers.map(({ layer, k, v, reach }): Cell[] => [
    String(layer),
    spread(k),
    spread(v),
    figureText(Math.max(...reach.k)),
    figureText(Math.max(...reach.v)),
  ]);
  return {
    kind: "table",
    form: "wide",
    head: titles.map((title) => ({ title, align: "right" as const })),
    rows,
  };
}

function spread(scales: readonly number[]): string {
  const [least, most] = [Math.min(...scales), Math.max(...scales)];
  return least === most ? scaleText(most) : `${figureText(least)} – ${figureText(most)}`;
}

function rangeSection({ layers, format }: CalibrateReport): Section {
  const title = "Use of the range";
  if (layers.length === 0) return { title, parts: [] };
  const label = "Head-room by layer: largest code · scale / largest value (logarithmic)";
  const room = layerPlot(layers, label, (layer) => [
    [headRoom(layer, "k", format)],
    [headRoom(layer, "v", format)],
  ]);
  const limit = { at: 1, name: "clips below", mood: "bad", bad: "below" } as const;
  return { title, intro: ROOM, parts: [{ ...room, unit: "×", limits: [limit] }] };
}

const ROOM =
  "At 1 the largest value of the text is just the largest code. Above, there is room for text that reaches further; below, the largest values saturate, which `percentile` and `mse` accept for finer steps.";

function outliersSection({ layers }: CalibrateReport): Section {
  const known = layers.flatMap((layer) =>
    layer.channels === null
      ? []
      : [{ ...columnOf(layer), kvHeads: layer.reach.k.length, channels: layer.channels }],
  );
  if (known.length > 0 || layers.length === 0) return channelsSection(known);
  const none: Part = {
    kind: "prose",
    text: "These statistics are of an earlier version, which kept no channels.",
  };
  return { title: "Outlier channels of K", parts: [none] };
}

function writtenSections({ file, checkpoint, stats }: CalibrateReport): Section[] {
  const rows: Cell[][] = [];
  if (file !== null)
    rows.push(["scales alone", { text: file.path }, `${file.form}, ${bytesText(file.bytes)}`]);
  if (checkpoint !== null) {
    const how = checkpoint.written ? "" : "would be written (dry run)";
    rows.push([
      "checkpoint",
      { text: checkpoint.target },
      how || bytesText(checkpoint.result.checkpoint.bytes),
    ]);
  }
  if (stats !== null) rows.push(["statistics", { text: stats }, "for --from-stats"]);
  const head = [{ title: "what" }, { title: "where" }, { title: "" }];
  const written: Section = {
    title: "What was written",
    parts: [{ kind: "table", form: "stacked", head, rows }],
  };
  if (checkpoint === null) return rows.length === 0 ? [] : [written];
  const { result } = checkpoint;
  const parts = [...written.parts, ...stepsSection(checkpoint).parts];
  return [
    { ...written, parts },
    findingsSection(result.findings),
    readinessSection(result.readiness),
    declaredSection(result),
  ];
}

function restSection({ parts, method, granularity, format }: CalibrateReport): Section {
  const facts = [
    ["method", METHODS[method]],
    ["granularity", granularity === "head" ? "one scale per KV head" : "one scale per layer"],
    ["format", format],
    ...parts.map(({ index, of, sequences, tokens }) => [
      of === 1 ? "text" : `text, part ${index} of ${of}`,
      `${countText(tokens, "token")} in ${countText(sequences, "sequence")}`,
    ]),
  ];
  const head = [{ title: "" }, { title: "" }];
  return { title: "What the scales rest on", parts: [{ kind: "table", form: "stacked", head, rows: facts }] };
}

const METHODS = {
  max: "max: the largest value on the largest code",
  percentile: "percentile: most values below the largest code",
  mse: "mse: the smallest error of the attention output among some multiples",
} as const;
