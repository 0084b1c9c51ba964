import { STREAM_NAMES } from "../../model/advice.js";
import { decibels } from "../../numeric/metrics.js";
import type { ModelReport } from "../../operations/verify-model.js";
import { countText, figureText } from "../words.js";
import { channelsSection } from "./outliers.js";
import type { Cell, Figure, Note, Part, Section, Table } from "./page.js";
import type { Plot, Series } from "./plot.js";

/** The judged cache's perplexity, for the top of the page. */
export function modelFigures({ streams, thresholds }: ModelReport): Figure[] {
  const own = streams.find(({ name }) => name === STREAM_NAMES.stored);
  if (own === undefined) return [];
  const mood = own.pplIncrease <= thresholds.maxPplIncrease ? "good" : "bad";
  const note = `± ${percent(own.pplIncreaseStdErr)}, fails above ${percent(thresholds.maxPplIncrease)}`;
  return [{ label: "perplexity", value: signed(own.pplIncrease), note, mood }];
}

/** What to do, first, and the reasons why the model itself fails. */
export function adviceSection({ faults, advice }: ModelReport): Section {
  const notes: Note[] = [
    ...faults.map((text) => ({ mood: "bad" as const, label: "fail: the model", text })),
    ...advice.map((text) => ({ mood: "plain" as const, label: "advice", text })),
  ];
  return { title: "What to do", parts: notes.length === 0 ? [] : [{ kind: "notes", notes }] };
}

/** The model end to end, its errors by layer, and the channels of K that stand out. */
export function modelSections(model: ModelReport): Section[] {
  return [streamsSection(model), errorsSection(model), outliersSection(model)];
}

function streamsSection(model: ModelReport): Section {
  const { tokens, sequences, text, precision } = model;
  const titles = ["cache", "perplexity", "change", "±", "KL mean", "KL p99", "top-1"];
  const head = titles.map((title, at) => ({ title, ...(at > 0 && { align: "right" as const }) }));
  const on = text === "built-in" ? "the built-in text" : text;
  return {
    title: "The model end to end",
    intro: `${countText(tokens, "token")} in ${countText(sequences, "sequence")} of ${on}, products in ${precision}. Every cache reads the same tokens: ± is the standard error of the change.`,
    parts: [{ kind: "table", form: "wide", head, rows: streamRows(model) }],
  };
}

function streamRows({ streams, reference, thresholds }: ModelReport): Cell[][] {
  return streams.map((stream, at): Cell[] => {
    const name = at === 0 ? reference : stream.name;
    const perplexity = stream.perplexity.toPrecision(5);
    if (at === 0) return [name, perplexity, ...Array<Cell>(5).fill("")];
    const change = signed(stream.pplIncrease);
    const fine = stream.pplIncrease <= thresholds.maxPplIncrease;
    const moved = [stream.klMean, stream.klP99].map(figureText);
    return [
      name,
      perplexity,
      { text: change, mood: fine ? "good" : "bad" },
      percent(stream.pplIncreaseStdErr),
      ...moved,
      stream.top1.toFixed(3),
    ];
  });
}

const ERRORS_NOTE =
  "Attention output with the cache against that of the 16-bit one. Local is a layer by itself, from the reference's own input: it names the layers that cause a loss. Accumulated is the residual after the layer, with the errors of all before it: it shows where they grow.";

function errorsSection(model: ModelReport): Section {
  const local = streamSeries(model, (stream) => stream.local.sqnr);
  const accumulated = streamSeries(model, (stream) => decibels(stream.accumulated));
  const parts: Part[] =
    model.streams.length < 2
      ? []
      : [
          layerPlot(model, "SQNR by layer, local: attention output", "linear", local),
          layerPlot(model, "SQNR by layer, accumulated: residual after the layer", "linear", accumulated),
          errorsTable(model, local, accumulated),
        ];
  return { title: "SQNR by layer, in the model", intro: ERRORS_NOTE, parts };
}

/** The same numbers, so that nobody has to read them off a plot. */
function errorsTable(
  { layers }: ModelReport,
  local: readonly Series[],
  accumulated: readonly Series[],
): Table {
  const titles = [
    "layer",
    ...local.map(({ name }) => `${name}, local`),
    ...accumulated.map(({ name }) => `${name}, accumulated`),
  ];
  const rows = layers.map(({ layer }, at): Cell[] => [
    String(layer),
    ...[...local, ...accumulated].map(({ values }) => values[at]?.toFixed(1) ?? "16 bits"),
  ]);
  return {
    kind: "table",
    form: "wide",
    head: titles.map((title) => ({ title, align: "right" as const })),
    rows,
  };
}

type AtLayer = ModelReport["layers"][number]["streams"][number];
const MARKS = ["disc", "ring", "frame", "square"] as const;

/** What tells most, first: there are marks for four. */
const TELLING: readonly string[] = [
  STREAM_NAMES.stored,
  STREAM_NAMES.valuesOnly,
  STREAM_NAMES.head,
  STREAM_NAMES.unit,
];

/** As many streams as there are marks to tell them by; a layer that is kept in 16 bits has no mark. */
function streamSeries({ layers, streams }: ModelReport, of: (stream: AtLayer) => number): Series[] {
  const names = streams.slice(1).map(({ name }) => name);
  const ordered = [...TELLING.filter((name) => names.includes(name)), ...names];
  return [...new Set(ordered)].slice(0, MARKS.length).map((name, at) => ({
    name,
    mark: MARKS[at]!,
    values: layers.map((layer) => {
      const own = layer.streams.find((stream) => stream.name === name);
      const value = own && of(own);
      return value === Infinity ? undefined : value;
    }),
  }));
}

function outliersSection({ layers }: ModelReport): Section {
  return channelsSection(
    layers.map(({ layer, site, reach, channels }) => ({
      ...{ name: String(layer), title: site, channels },
      kvHeads: reach.k.length,
    })),
  );
}

function layerPlot(
  { layers }: ModelReport,
  label: string,
  axis: Plot["axis"],
  series: readonly Series[],
): Plot {
  const columns = layers.map(({ layer, site }) => ({ name: String(layer), title: site }));
  return { kind: "plot", label, unit: "dB", axis, layers: columns, series, limits: [] };
}

function signed(share: number): string {
  return share < 0 ? `−${percent(-share)}` : `+${percent(share)}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
