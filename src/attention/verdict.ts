import type { Fp8Format } from "../numeric/fp8.js";
import type { AttentionLoss } from "./loss.js";
import type { RangeUse } from "./range.js";

/** "warn": usable, but look at it. "fail": do not serve with these scales. */
export type Level = "ok" | "warn" | "fail";

/** Where the levels of the loss lie. */
export interface Thresholds {
  /** Below this SQNR in dB a layer is warned about, and below the next it fails. */
  readonly minSqnr: number;
  readonly failSqnr: number;
  /** A larger share of saturated keys or values fails. */
  readonly maxClipRate: number;
}

/** Everything that a layer is judged by. */
export interface JudgedFigures {
  readonly loss: AttentionLoss;
  readonly k: RangeUse;
  readonly v: RangeUse;
}

/** The level of a layer, and a sentence for each reason why it is not "ok". */
export interface Verdict {
  readonly level: Level;
  readonly reasons: readonly string[];
}

/**
 * The default thresholds. 25 dB tells round-to-nearest e4m3 from every coarser or defective variant on
 * well-behaved data (torchao test_fp8_sdpa_inference.py @36027d8 asks the same); one mantissa bit less
 * is worth 6 dB.
 */
export const THRESHOLDS: { readonly [format in Fp8Format]: Thresholds } = {
  float8_e4m3fn: { minSqnr: 25, failSqnr: 20, maxClipRate: 1e-4 },
  float8_e4m3fnuz: { minSqnr: 25, failSqnr: 20, maxClipRate: 1e-4 },
  float8_e5m2: { minSqnr: 19, failSqnr: 14, maxClipRate: 1e-4 },
};

/** Judges one layer. Every condition is written so that NaN fails it. */
export function judge(figures: JudgedFigures, thresholds: Thresholds): Verdict {
  const broken = RULES.filter((rule) => !rule.holds(figures, thresholds));
  return {
    level: worst(broken.map((rule) => rule.level)),
    reasons: broken.map((rule) => rule.reason(figures, thresholds)),
  };
}

/** The worst of some levels; "ok" for none. */
export function worst(levels: readonly Level[]): Level {
  return LEVELS.findLast((level) => levels.includes(level)) ?? "ok";
}

const LEVELS: readonly Level[] = ["ok", "warn", "fail"];

interface Rule {
  readonly level: Level;
  holds(figures: JudgedFigures, thresholds: Thresholds): boolean;
  reason(figures: JudgedFigures, thresholds: Thresholds): string;
}

const RULES: readonly Rule[] = [
  {
    level: "fail",
    holds: ({ loss, k, v }) =>
      [...Object.values(loss), k.amax, v.amax].every((figure) => !Number.isNaN(figure)),
    reason: () => "the figures contain NaN",
  },
  {
    level: "fail",
    holds: ({ loss }, { failSqnr }) => loss.sqnr >= failSqnr,
    reason: ({ loss }, { failSqnr }) => `SQNR is ${loss.sqnr.toFixed(1)} dB, below ${failSqnr} dB`,
  },
  {
    level: "warn",
    // Below the limit of failure the rule above speaks already.
    holds: ({ loss }, { minSqnr, failSqnr }) => !(loss.sqnr >= failSqnr && loss.sqnr < minSqnr),
    reason: ({ loss }, { minSqnr }) => `SQNR is ${loss.sqnr.toFixed(1)} dB, below ${minSqnr} dB`,
  },
  ...(["k", "v"] as const).map(
    (role): Rule => ({
      level: "fail",
      holds: (figures, { maxClipRate }) => figures[role].clipRate <= maxClipRate,
      reason: (figures, { maxClipRate }) =>
        `${percent(figures[role].clipRate)} of ${role} saturate, more than ${percent(maxClipRate)}`,
    }),
  ),
];

function percent(share: number): string {
  return `${(share * 100).toPrecision(2)}%`;
}
