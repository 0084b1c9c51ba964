import type { InspectReport } from "../../operations/inspect.js";
import type { ScaleRow } from "../../operations/scale-rows.js";
import { figureText, rangesText, scaleText } from "../words.js";
import type { Heat } from "./heat.js";
import type { Section, Table } from "./page.js";
import type { Layer, Plot, Series } from "./plot.js";

/** The scales by layer: a plot, a heat map for those of heads, and the numbers. */
export function scalesSection({ scales }: Pick<InspectReport, "scales">): Section {
  if (scales.length === 0) return { title: "Scales", parts: [] };
  const plot = scalePlot(scales);
  const outliers = plot.series.flatMap(({ name, outliers = [] }) =>
    outliers.length === 0
      ? []
      : [`${name} of layer ${rangesText(outliers.map((at) => layersOf(scales)[at]!.layer))}`],
  );
  const intro =
    outliers.length === 0
      ? INTRO
      : `${INTRO} More than ${FAR} times away from the median, and circled: ${outliers.join("; ")}.`;
  return { title: "Scales", intro, parts: [plot, ...headMaps(scales), scaleList(scales)] };
}

const INTRO = "A scale is the step of the 8-bit cache: x ≈ fp8 · scale.";

/** Scales by layer; of several heads the largest. */
export function scalePlot(scales: readonly ScaleRow[]): Plot {
  const layers = layersOf(scales);
  const series = ROLES.flatMap((role): Series[] => {
    const own = scales.filter((scale) => scale.role === role);
    if (own.length === 0) return [];
    const values = layers.map(({ site }) => largest(own.find((scale) => scale.site === site)?.values));
    return [{ name: role, mark: MARKS[role], values, outliers: outliersOf(values) }];
  });
  const positive = series
    .flatMap(({ values }) => values)
    .filter((value) => value !== undefined && value > 0 && Number.isFinite(value)) as number[];
  const axis = Math.max(...positive) > 8 * Math.min(...positive) ? "log" : "linear";
  const many = scales.some(({ per }) => per === "head");
  const label = `Scale by layer${many ? ", the largest of its heads" : ""}${axis === "log" ? " (logarithmic)" : ""}`;
  return { kind: "plot", label, unit: "", axis, layers: layers.map(layerOf), series, limits: [] };
}

/** The name of a layer below a plot: its number, with the stack where that is not the decoder. */
export function layerOf({ kind, layer, site }: Pick<ScaleRow, "kind" | "layer" | "site">): Layer {
  return { name: `${kind === "decoder" ? "" : kind[0]}${layer}`, title: site };
}

const ROLES = ["kv", "k", "v", "q", "prob"] as const;
const MARKS: Record<ScaleRow["role"], Series["mark"]> = {
  kv: "disc",
  k: "disc",
  v: "square",
  q: "ring",
  prob: "frame",
};

function layersOf(scales: readonly ScaleRow[]): ScaleRow[] {
  return [...new Map(scales.map((scale) => [scale.site, scale])).values()];
}

/** Of several numbers the largest; NaN if there is one. */
function largest(values: readonly number[] | undefined): number | undefined {
  return values?.reduce((most, value) => Math.max(most, value));
}

/** A scale this many times larger or smaller than the median of its role is worth a look. */
const FAR = 4;

function outliersOf(values: readonly (number | undefined)[]): number[] {
  const sorted = (values.filter((value) => value !== undefined && value > 0) as number[]).sort(
    (a, b) => a - b,
  );
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined || sorted.length < 4) return [];
  return values.flatMap((value, at) =>
    value !== undefined && (value > FAR * median || value < median / FAR) ? [at] : [],
  );
}

/** One map a role whose scales are per head. */
function headMaps(scales: readonly ScaleRow[]): Heat[] {
  return ROLES.flatMap((role): Heat[] => {
    const own = scales.filter((scale) => scale.role === role && scale.per === "head");
    const heads = Math.max(0, ...own.map(({ values }) => values.length));
    if (heads < 2) return [];
    const rows = Array.from({ length: heads }, (_, head) => `head ${head}`);
    const cells = rows.map((_, head) => own.map(({ values }) => values[head]));
    return [
      {
        kind: "heat",
        label: `${role} scale by layer and ${role === "q" ? "query" : "KV"} head`,
        unit: "",
        columns: own.map(layerOf),
        rows,
        cells,
        worst: "high",
      },
    ];
  });
}

/** One row a module: its numbers first, where they are after them. */
function scaleList(scales: readonly ScaleRow[]): Table {
  const roles = ROLES.filter((role) => scales.some((scale) => scale.role === role));
  const titles = ["layer", ...roles, "stored", "spelling", "module", "file"];
  const head = titles.map((title, at) => ({
    title,
    ...(at <= roles.length ? { align: "right" as const } : {}),
  }));
  const rows = layersOf(scales).map((first) => {
    const own = scales.filter(({ site }) => site === first.site);
    const values = roles.map((role) => valueText(own.find((scale) => scale.role === role)));
    const once = (texts: readonly string[]) => [...new Set(texts)].join(", ");
    const how = [once(own.map(storedText)), once(own.map(({ spelling }) => spelling ?? ""))];
    return [layerOf(first).name, ...values, ...how, first.site, once(own.map(({ file }) => file ?? ""))];
  });
  return { kind: "table", form: "wide", head, rows };
}

function valueText(scale: ScaleRow | undefined): string {
  if (scale === undefined) return "absent";
  const { values } = scale;
  if (values.length === 1) return scaleText(values[0]!);
  return `${figureText(Math.min(...values))} … ${figureText(Math.max(...values))}`;
}

function storedText({ dtype, shape }: ScaleRow): string {
  return dtype === null ? "JSON" : `${dtype} [${(shape ?? []).join(",")}]`;
}
