import { figureText } from "../words.js";
import type { Mark } from "./heat.js";
import { columnOf, type Judged } from "./layers.js";
import type { Section } from "./page.js";

/** SQNR of every query head as a map. */
export function headsSection({ layers, thresholds }: Judged): Section {
  const heads = Math.max(0, ...layers.map(({ figures }) => figures?.heads.length ?? 0));
  if (heads < 2) return { title: "Query heads", parts: [] };
  const rows = Array.from({ length: heads }, (_, head) => `head ${head}`);
  const cells = rows.map((_, head) => layers.map(({ figures }) => figures?.heads[head]?.sqnr));
  return {
    title: "Query heads",
    parts: [
      {
        kind: "heat",
        label: "SQNR by layer and query head",
        unit: "dB",
        columns: layers.map(columnOf),
        rows,
        cells,
        worst: "low",
        fail: thresholds.failSqnr,
        marks: worstHeads(layers, thresholds),
      },
    ],
  };
}

const MOST_MARKS = 6;

/** The worst head of each layer that has one to be warned about, the worst first. */
function worstHeads(layers: Judged["layers"], { minSqnr }: Judged["thresholds"]): Mark[] {
  const worst = layers.flatMap(({ layer, figures }, column) => {
    const sqnrs = figures?.heads.map(({ sqnr }) => (Number.isNaN(sqnr) ? -Infinity : sqnr)) ?? [];
    const row = sqnrs.indexOf(Math.min(...sqnrs));
    const text = `layer ${layer}, query head ${row}: ${figureText(figures?.heads[row]?.sqnr ?? NaN)} dB`;
    return row >= 0 && sqnrs[row]! < minSqnr ? [{ sqnr: sqnrs[row]!, mark: { row, column, text } }] : [];
  });
  return worst
    .toSorted((a, b) => a.sqnr - b.sqnr)
    .slice(0, MOST_MARKS)
    .map(({ mark }) => mark);
}
