import { OUTLYING, STREAM_NAMES } from "../../model/advice.js";
import type { ModelReport } from "../../operations/verify-model.js";
import { countText, figureText } from "../words.js";
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
  "The local error is that of a layer by itself, from the reference's own input: it names the layers that cause a loss. The accumulated one is that of the residual after the layer: it shows where errors grow.";

function errorsSection(model: ModelReport): Section {
  const local = layerPlot(model, "Local error by layer: relative L2 of the attention output (logarithmic)", [
    ...streamSeries(model, ({ local: { relativeL2 } }) => relativeL2),
  ]);
  const accumulated = layerPlot(
    model,
    "Accumulated error by layer: relative L2 of the residual (logarithmic)",
    streamSeries(model, (stream) => stream.accumulated),
  );
  const parts = model.streams.length < 2 ? [] : [local, accumulated];
  return { title: "Error by layer, in the model", intro: ERRORS_NOTE, parts };
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
      return value === 0 ? undefined : value;
    }),
  }));
}

function outliersSection(model: ModelReport): Section {
  const standing = model.layers.filter(({ outlier }) => outlier.ratio >= OUTLYING);
  const label = "Largest channel of K over the median channel, by layer (logarithmic)";
  const values = model.layers.map(({ outlier }) => outlier.ratio);
  const plot = layerPlot(model, label, [{ name: "K", mark: "disc", values }], "×");
  const limit = { at: OUTLYING, name: `stands out above ${OUTLYING}`, mood: "warn", bad: "above" } as const;
  const none: Part = { kind: "prose", text: `No channel reaches ${OUTLYING} times the median of its layer.` };
  return {
    title: "Outlier channels of K",
    intro:
      "FP8's steps grow with the value: beside a channel far above the others, what tells tokens apart drowns.",
    parts: [
      { ...plot, limits: standing.length === 0 ? [] : [limit] },
      standing.length === 0 ? none : outlierTable(standing),
    ],
  };
}

function outlierTable(layers: ModelReport["layers"]): Table {
  const titles = ["layer", "KV head", "channel", "largest", "over the median"];
  return {
    kind: "table",
    form: "wide",
    head: titles.map((title) => ({ title, align: "right" as const })),
    rows: layers.map(({ layer, outlier: { head, channel, amax, ratio } }) => [
      String(layer),
      String(head),
      String(channel),
      figureText(amax),
      `${figureText(ratio)}×`,
    ]),
  };
}

function layerPlot({ layers }: ModelReport, label: string, series: readonly Series[], unit = ""): Plot {
  const columns = layers.map(({ layer, site }) => ({ name: String(layer), title: site }));
  return { kind: "plot", label, unit, axis: "log", layers: columns, series, limits: [] };
}

function signed(share: number): string {
  return share < 0 ? `−${percent(-share)}` : `+${percent(share)}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
