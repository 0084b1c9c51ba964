import type { ModelReport } from "../operations/verify-model.js";
import { columns, hanging, narrowed, type Spare } from "./columns.js";
import { escapeText } from "./escape.js";
import type { View } from "./paint.js";
import { countText } from "./words.js";

const STREAMS: readonly Spare[] = [
  { title: "cache" },
  { title: "perplexity", align: "right" },
  { title: "change", align: "right" },
  { title: "±", align: "right" },
  { title: "KL mean", align: "right", spare: 2 },
  { title: "KL p99", align: "right", spare: 1 },
  { title: "top-1", align: "right" },
];

/** The model's own figures: every way to keep the cache, what follows from them, and why the verdict is no. */
export function modelLines(model: ModelReport, { width, paint }: View): string[] {
  const { tokens, sequences, text, precision } = model;
  const where = text === "built-in" ? "the built-in text" : escapeText(text);
  const about = `${countText(tokens, "token")} in ${countText(sequences, "sequence")} of ${where}, ${precision}`;
  return [
    `${paint("strong", "The model itself")}  ${about}`,
    columns(...narrowed(STREAMS, rowsOf(model), width), width),
    ...model.faults.flatMap((fault) => hanging(`  ${paint("bad", "fail")}  `, fault, width)),
    ...model.advice.flatMap((sentence) => hanging("  - ", sentence, width)),
  ];
}

function rowsOf({ streams, reference }: ModelReport): string[][] {
  return streams.map((stream, at) => [
    at === 0 ? reference : stream.name,
    stream.perplexity.toPrecision(5),
    ...(at === 0
      ? ["", "", "", "", ""]
      : [
          signed(stream.pplIncrease),
          percent(stream.pplIncreaseStdErr),
          stream.klMean.toExponential(1),
          stream.klP99.toExponential(1),
          stream.top1.toFixed(3),
        ]),
  ]);
}

function signed(share: number): string {
  return share < 0 ? `−${percent(-share)}` : `+${percent(share)}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`;
}
