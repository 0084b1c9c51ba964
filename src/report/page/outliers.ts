import { medianPeak } from "../../calibration/channels.js";
import { OUTLYING } from "../../model/advice.js";
import { figureText } from "../words.js";
import type { Band, Heat, Mark } from "./heat.js";
import type { Part, Section } from "./page.js";
import type { Layer, Plot } from "./plot.js";

/** A layer's channels of K: largest magnitudes, [KV heads × head size]. */
export interface LayerChannels extends Layer {
  readonly kvHeads: number;
  readonly channels: readonly number[];
}

/** The channels of K against the median of their layer: the largest by layer, and all as a map. */
export function channelsSection(layers: readonly LayerChannels[]): Section {
  const title = "Outlier channels of K";
  if (layers.every(({ channels }) => channels.length === 0)) return { title, parts: [] };
  const largest = layers.map((layer) => Math.max(...ratiosOf(layer)));
  const standing = largest.filter((ratio) => ratio >= OUTLYING).length;
  const none: Part = { kind: "prose", text: `No channel reaches ${OUTLYING} times the median of its layer.` };
  return {
    title,
    intro:
      "FP8's steps grow with the value: beside a channel far above the others, what tells tokens apart drowns.",
    parts: [...(standing === 0 ? [none] : []), ratioPlot(layers, largest), channelMap(layers)],
  };
}

function ratioPlot(layers: readonly LayerChannels[], values: readonly number[]): Plot {
  const limit = { at: OUTLYING, name: `stands out above ${OUTLYING}`, mood: "warn", bad: "above" } as const;
  return {
    kind: "plot",
    label: "Largest channel of K over the median channel, by layer (logarithmic)",
    unit: "×",
    axis: "log",
    layers,
    series: [{ name: "K", mark: "disc", values }],
    limits: values.some((ratio) => ratio >= OUTLYING) ? [limit] : [],
  };
}

/** A quarter octave more is a colour more, until only what stands out is left. */
const STEPS = [1.5, 2.5, 5, 10, OUTLYING, 50];

/** Rows that a map has at most; neighbouring channels of a head share one where there are more. */
const MOST_ROWS = 64;

function channelMap(layers: readonly LayerChannels[]): Heat {
  const heads = Math.max(...layers.map(({ kvHeads }) => kvHeads));
  const size = Math.max(...layers.map(({ channels, kvHeads }) => channels.length / kvHeads));
  const width = Math.ceil(size / Math.max(1, Math.floor(MOST_ROWS / heads)));
  const bins = Math.ceil(size / width);
  const ratios = layers.map(ratiosOf);
  const places = Array.from({ length: heads * bins }, (_, row) => {
    const first = (row % bins) * width;
    return { head: Math.floor(row / bins), first, last: Math.min(size, first + width) - 1 };
  });
  const cells = places.map(({ head, first, last }) =>
    layers.map(({ kvHeads }, column) =>
      head < kvHeads ? largestOf(ratios[column]!, head * size + first, head * size + last) : undefined,
    ),
  );
  const bands = Array.from({ length: heads }, (_, head): Band => ({ name: `head ${head}`, rows: bins }));
  return {
    ...{ kind: "heat", unit: "×", worst: "high", steps: STEPS, columns: layers, cells, bands },
    label: `Channels of K over the median channel of their layer, by layer and KV head${width === 1 ? "" : ` (the largest of each ${width})`}`,
    rows: places.map(({ head, first, last }) => `KV head ${head}, ${channelsText(first, last)}`),
    marks: marksOf(
      layers,
      ratios,
      (channel) => Math.floor(channel / size) * bins + Math.floor((channel % size) / width),
    ),
  };
}

function ratiosOf({ channels }: LayerChannels): number[] {
  const median = medianPeak(channels);
  return channels.map((peak) => (peak === 0 ? 0 : peak / median));
}

function largestOf(ratios: readonly number[], first: number, last: number): number | undefined {
  const own = ratios.slice(first, last + 1);
  return own.length === 0 ? undefined : Math.max(...own);
}

function channelsText(first: number, last: number): string {
  return first === last ? `channel ${first}` : `channels ${first} to ${last}`;
}

/** Layers whose largest channels are told in words. */
const MOST_MARKS = 8;

/** The largest channel of each layer that has one standing out; of the three foremost where none does. */
function marksOf(
  layers: readonly LayerChannels[],
  ratios: readonly (readonly number[])[],
  rowOf: (channel: number) => number,
): Mark[] {
  const all = layers.map(({ name, kvHeads, channels }, column) => {
    const own = ratios[column]!;
    const channel = own.indexOf(Math.max(...own));
    const size = channels.length / kvHeads;
    const where = `layer ${name}, KV head ${Math.floor(channel / size)}, channel ${channel % size}`;
    const text = `${where}: ${figureText(own[channel] ?? Number.NaN)}× (${figureText(channels[channel] ?? Number.NaN)})`;
    return { ratio: own[channel] ?? 0, mark: { row: rowOf(channel), column, text } };
  });
  const sorted = all.toSorted((a, b) => b.ratio - a.ratio);
  const standing = sorted.filter(({ ratio }) => ratio >= OUTLYING);
  const told = standing.length > 0 ? standing.slice(0, MOST_MARKS) : sorted.slice(0, 3);
  return told.map(({ mark }) => mark);
}
