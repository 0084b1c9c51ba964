import type { Level } from "../attention/verdict.js";
import type { VerifiedLayer } from "../operations/verify.js";

/** Failing layers, then those warned about, then the others; among equals by SQNR, those without figures first. */
export function worstFirst(layers: readonly VerifiedLayer[]): VerifiedLayer[] {
  return layers.toSorted((a, b) => PLACES[a.level] - PLACES[b.level] || sqnrOf(a) - sqnrOf(b));
}

const PLACES: Record<Level, number> = { fail: 0, warn: 1, ok: 2 };

/** SQNR of a layer in dB; -Infinity where it has no figures, or NaN among them. */
export function sqnrOf({ figures }: VerifiedLayer): number {
  const sqnr = figures?.loss.sqnr ?? Number.NaN;
  return Number.isNaN(sqnr) ? Number.NEGATIVE_INFINITY : sqnr;
}
