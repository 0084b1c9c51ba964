import type { LayerShape, LayerValues, Softmax } from "../attention/layer.js";
import type { Level, Thresholds } from "../attention/verdict.js";
import type { Backend } from "../backend/backend.js";
import type { Inventory } from "../inventory/inventory.js";
import type { AttentionRecipe } from "../model/recipe.js";
import { judgeLayer, type LayerFigures } from "../runner/judge-layer.js";
import { type LayerScales, unusable } from "../runner/layers.js";
import type { CacheFormat } from "../scales/table.js";
import type { Choices } from "./verify-input.js";

/** One layer of the report; figures are null where the scales cannot be used at all. */
export interface VerifiedLayer {
  readonly site: string;
  readonly layer: number;
  readonly k: readonly number[] | null;
  readonly v: readonly number[] | null;
  readonly level: Level;
  readonly reasons: readonly string[];
  readonly figures: Omit<LayerFigures, "level" | "reasons"> | null;
}

/** What all layers of a run share. */
export interface VerifyRun {
  readonly backend: Backend;
  readonly inventory: Inventory;
  readonly format: CacheFormat;
  readonly choices: Choices;
  readonly thresholds: Thresholds;
}

/** What a layer attends with, and its own way from logits to weights. */
export interface LayerData {
  readonly shape: LayerShape;
  readonly values: LayerValues;
  readonly softmax: Softmax;
}

/** How a layer of a known architecture turns logits into weights. */
export function softmaxOf({ softmaxScale, window, softcap }: AttentionRecipe): Softmax {
  return {
    softmaxScale,
    ...(window === undefined ? {} : { window }),
    ...(softcap === undefined ? {} : { softcap }),
  };
}

/** A layer that cannot be judged, and why. */
export function unjudged({ site, judged }: LayerScales, reasons: readonly string[]): VerifiedLayer {
  const own = { site: site.path, layer: site.layer, k: listOf(judged.k), v: listOf(judged.v) };
  return { ...own, level: "fail", reasons: [...new Set(reasons)], figures: null };
}

/** Judges one layer by what it attends with. */
export async function verifyLayer(
  layer: LayerScales,
  { shape, values, softmax }: LayerData,
  run: VerifyRun,
  signal: AbortSignal,
): Promise<VerifiedLayer> {
  const { k, v } = layer.judged;
  const bad = unusable(layer.judged, "stored");
  if (bad.length > 0 || !k || !v) return unjudged(layer, bad);
  const { inventory, format, choices, thresholds, backend } = run;
  const half = inventory.geometry.dtype === "float16" ? "float16" : "bfloat16";
  const task = {
    shape,
    values,
    softmax,
    scales: { k, v },
    format,
    half,
    writer: choices.writer,
    thresholds,
  } as const;
  const { level, reasons, ...figures } = await judgeLayer(task, backend, signal);
  const own = { site: layer.site.path, layer: layer.site.layer, k: listOf(k), v: listOf(v) };
  return { ...own, level, reasons, figures };
}

function listOf(scales: Float32Array | undefined): number[] | null {
  return scales === undefined ? null : Array.from(scales);
}
