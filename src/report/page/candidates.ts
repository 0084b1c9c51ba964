import type { Candidate } from "../../calibration/candidates.js";
import type { CalibratedLayer, CalibrateReport } from "../../operations/calibrate.js";
import { figureText } from "../words.js";
import type { Dot, Heat } from "./heat.js";
import type { Cell, Part, Section, Table } from "./page.js";
import type { Plot, Series } from "./plot.js";

/** What each layer's scales were chosen among, side by side, with what is known of each. */
export function candidatesSection({ layers, method }: CalibrateReport): Section {
  const title = "Candidates";
  if (layers.length === 0) return { title, parts: [] };
  const parts = ROLES.flatMap((role): Part[] =>
    method === "mse" ? searchedParts(layers, role) : chosenParts(layers, role),
  );
  return { title, intro: method === "mse" ? SEARCHED : COMPUTED, parts };
}

const ROLES = ["k", "v"] as const;
type Role = (typeof ROLES)[number];

const SEARCHED =
  "Multiples of the largest value's scale that each layer was run with, and the SQNR of its attention output: first of K, then of V beside the best K. A dot, and bold in the table, is what was chosen; of several heads the worst is shown.";
const COMPUTED =
  "What the same values would give under other choices, and the share of them that would clip; what was chosen is bold. Nothing was run to compare these: `--method mse` does that, and `kvscale verify` tells what a choice costs.";

function searchedParts(layers: readonly CalibratedLayer[], role: Role): Part[] {
  const names = namesOf(layers, role);
  const cells = names.map((name) => layers.map((layer) => worst(candidateOf(layer, role, name)?.sqnr)));
  const dots = layers.flatMap((layer, column) =>
    names.flatMap((name, row): Dot[] =>
      candidateOf(layer, role, name)?.chosen.some(Boolean) ? [{ row, column }] : [],
    ),
  );
  const map: Heat = {
    ...{ kind: "heat", unit: "dB", worst: "low", rows: names, cells, dots, dotName: "chosen" },
    label: `${role.toUpperCase()}: SQNR by layer and multiple of the largest value's scale`,
    columns: layers.map(columnOf),
  };
  return [map, gainPlot(layers, role), tableOf(layers, role, names, (candidate) => candidate.sqnr)];
}

/** What the search gained, which a map's colours do not tell; of several heads the least. */
function gainPlot(layers: readonly CalibratedLayer[], role: Role): Plot {
  const values = layers.map((layer) => {
    const base = candidateOf(layer, role, "× 1")?.sqnr ?? [];
    const gains = base.map((sqnr, head) => {
      const chosen = layer.candidates[role].find((candidate) => candidate.chosen[head]);
      return (chosen?.sqnr?.[head] ?? Number.NaN) - sqnr;
    });
    return worst(gains);
  });
  const label = `${role.toUpperCase()}: what the choice gains over the largest value's scale, by layer`;
  return plotOf(layers, label, "dB", [{ name: "gain", mark: "disc", values }]);
}

function chosenParts(layers: readonly CalibratedLayer[], role: Role): Part[] {
  const names = namesOf(layers, role);
  const isChosen = (name: string) =>
    layers.some((layer) => candidateOf(layer, role, name)?.chosen.some(Boolean) ?? false);
  const ordered = [...names.filter(isChosen), ...names.filter((name) => !isChosen(name))];
  const series = ordered.slice(0, MARKS.length).map((name, at): Series => {
    const values = layers.map((layer) => {
      const [own, most] = [candidateOf(layer, role, name), candidateOf(layer, role, "max")];
      return own && most && Math.max(...own.scales) / Math.max(...most.scales);
    });
    return { name: isChosen(name) ? `${name} (chosen)` : name, mark: MARKS[at]!, values };
  });
  const label = `${role.toUpperCase()}: scale by layer over that of the largest value`;
  return [
    plotOf(layers, label, "×", series),
    tableOf(
      layers,
      role,
      names,
      ({ scales }) => scales,
      ({ clipped }) => clipped,
    ),
  ];
}

const MARKS = ["disc", "ring", "frame", "square"] as const;

function plotOf(
  layers: readonly CalibratedLayer[],
  label: string,
  unit: string,
  series: readonly Series[],
): Plot {
  return { kind: "plot", label, unit, axis: "linear", layers: layers.map(columnOf), series, limits: [] };
}

/** One row a layer: a figure of each candidate, with what it clips where that is told; the chosen one stands out. */
function tableOf(
  layers: readonly CalibratedLayer[],
  role: Role,
  names: readonly string[],
  of: (candidate: Candidate) => readonly number[] | null,
  clipped?: (candidate: Candidate) => number,
): Table {
  const titles = [
    "layer",
    ...names.flatMap((name) => (clipped ? [`${role} ${name}`, "clips"] : [`${role} ${name}`])),
  ];
  const rows = layers.map((layer): Cell[] => [
    String(layer.layer),
    ...names.flatMap((name): Cell[] => {
      const own = candidateOf(layer, role, name);
      if (own === undefined) return clipped ? ["", ""] : [""];
      const shown = figuresText(of(own) ?? []);
      const figure = own.chosen.some(Boolean) ? { text: shown, strong: true } : shown;
      return clipped ? [figure, figureText(clipped(own))] : [figure];
    }),
  ]);
  return {
    kind: "table",
    form: "wide",
    head: titles.map((title) => ({ title, align: "right" as const })),
    rows,
  };
}

function figuresText(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map(figureText);
  return least === most ? least! : `${least} – ${most}`;
}

/** The names of all candidates, in the order of the layer that has most. */
function namesOf(layers: readonly CalibratedLayer[], role: Role): string[] {
  const all = layers.map(({ candidates }) => candidates[role].map(({ name }) => name));
  return all.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

function candidateOf({ candidates }: CalibratedLayer, role: Role, wanted: string): Candidate | undefined {
  return candidates[role].find(({ name }) => name === wanted);
}

function worst(values: readonly number[] | null | undefined): number | undefined {
  return values && values.length > 0 ? Math.min(...values) : undefined;
}

/** A calibrated layer as a column of a plot. */
export function columnOf({ layer, site }: CalibratedLayer) {
  return { name: String(layer), title: site };
}
