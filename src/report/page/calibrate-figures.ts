import { medianPeak } from "../../calibration/channels.js";
import { OUTLYING } from "../../model/advice.js";
import { FP8_FORMATS } from "../../numeric/fp8.js";
import type { CalibratedLayer, CalibrateReport } from "../../operations/calibrate.js";
import { countText, figureText } from "../words.js";
import type { Figure } from "./page.js";

/** The numbers that sum a calibration up. */
export function calibrateFigures(report: CalibrateReport): Figure[] {
  const { parts, method, granularity, format, layers } = report;
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const sequences = parts.reduce((sum, part) => sum + part.sequences, 0);
  const of = granularity === "head" ? "per KV head" : "per layer";
  return [
    { label: "text", value: String(tokens), note: `tokens in ${countText(sequences, "sequence")}` },
    { label: "method", value: method, note: of },
    { label: "format", value: format.replace("float8_", ""), note: "of the cache" },
    ...(layers.length === 0 ? [] : [roomFigure(report), ...clippedFigure(layers), ...channelFigure(layers)]),
  ];
}

/** Largest code · scale / largest value of a role: the least of its heads. Infinite for a head of zeros. */
export function headRoom(
  { k, v, reach }: CalibratedLayer,
  role: "k" | "v",
  format: CalibrateReport["format"],
): number {
  const scales = role === "k" ? k : v;
  const rooms = reach[role].map(
    (peak, head) => (scales[scales.length === 1 ? 0 : head]! * FP8_FORMATS[format].largest) / peak,
  );
  return Math.min(...rooms);
}

function roomFigure({ layers, format }: CalibrateReport): Figure {
  const least = Math.min(
    ...layers.flatMap((layer) => [headRoom(layer, "k", format), headRoom(layer, "v", format)]),
  );
  return { label: "least head-room", value: `${figureText(least)}×`, note: "below 1 something clips" };
}

/** Known where all heads of a layer took the same candidate. */
function clippedFigure(layers: readonly CalibratedLayer[]): Figure[] {
  const shares = layers.flatMap(({ candidates: { k, v } }) =>
    [k, v].map((role) => role.find(({ chosen }) => chosen.every(Boolean))?.clipped),
  );
  if (shares.includes(undefined)) return [];
  const most = Math.max(...(shares as number[]));
  const value = most === 0 ? "none" : `${figureText(100 * most)} %`;
  return [{ label: "clipped, at most", value, note: "of a layer's k or v" }];
}

function channelFigure(layers: readonly CalibratedLayer[]): Figure[] {
  const ratios = layers.flatMap(({ channels }) =>
    channels === null ? [] : [Math.max(...channels) / medianPeak(channels)],
  );
  if (ratios.length === 0) return [];
  const most = Math.max(...ratios);
  const mood = most >= OUTLYING ? { mood: "warn" as const } : {};
  return [
    {
      label: "largest channel of K",
      value: `${figureText(most)}×`,
      note: "over its layer's median",
      ...mood,
    },
  ];
}
