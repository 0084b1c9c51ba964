import type { StreamFigures } from "./perplexity.js";

/** What a model may lose end to end before the verdict is no. */
export interface ModelThresholds {
  /** A larger increase of perplexity fails; 0.03 is three percent. */
  readonly maxPplIncrease: number;
  /** A smaller share of tokens whose likeliest successor stayed the same fails. */
  readonly minTop1: number;
}

/**
 * The default thresholds. Well-chosen e4m3 scales cost a percent at most; three leave room for a short text. How
 * often the likeliest token changes says much about sampling and little about quality, so nothing is asked of it.
 */
export const MODEL_THRESHOLDS: ModelThresholds = { maxPplIncrease: 0.03, minTop1: 0 };

/** A sentence for each reason why a stream fails; none: it passes. Every condition is written so that NaN fails it. */
export function modelFaults(figures: StreamFigures, { maxPplIncrease, minTop1 }: ModelThresholds): string[] {
  const { pplIncrease, pplIncreaseStdErr, top1 } = figures;
  const faults: string[] = [];
  if (Number.isNaN(pplIncrease)) faults.push("the model computes NaN with this cache");
  else if (!(pplIncrease <= maxPplIncrease)) {
    faults.push(
      `perplexity rises by ${percent(pplIncrease)} ± ${percent(pplIncreaseStdErr)}, more than ${percent(maxPplIncrease)}`,
    );
  }
  if (!(top1 >= minTop1)) faults.push(`top-1 agreement is ${percent(top1)}, below ${percent(minTop1)}`);
  return faults;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))}%`;
}
