import type { LogitSums } from "./ops.js";

/** Figures of the logits, [streams, tokens] each. */
export interface LogitFigures {
  /** −ln p(target); NaN for tokens without one. */
  readonly nll: Float64Array;
  /** KL divergence of each stream from stream 0, in nats: Σ p₀ ln(p₀ / p). */
  readonly kl: Float64Array;
  /** Id of the largest logit. */
  readonly top: Int32Array;
}

/** Sums of no columns yet. */
export function startLogits(streams: number, tokens: number): LogitSums {
  const rows = streams * tokens;
  return {
    tokens,
    max: new Float64Array(rows).fill(-Infinity),
    top: new Int32Array(rows).fill(-1),
    sum: new Float64Array(rows),
    cross: new Float64Array(rows),
    target: new Float64Array(rows).fill(Number.NaN),
  };
}

/** The figures once every column of the vocabulary came by. */
export function finishLogits({ tokens, max, top, sum, cross, target }: LogitSums): LogitFigures {
  const logNormal = max.map((largest, row) => largest + Math.log(sum[row]!));
  return {
    nll: logNormal.map((whole, row) => whole - target[row]!),
    // Σ p₀ (logit₀ − logit) − (ln Z₀ − ln Z). Rounding alone can make it negative.
    kl: logNormal.map((whole, row) =>
      Math.max(0, cross[row]! / sum[row % tokens]! - (logNormal[row % tokens]! - whole)),
    ),
    top,
  };
}
