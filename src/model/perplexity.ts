import { pairwiseSum } from "../numeric/metrics.js";

/** What a stream predicts, token by token; rows of `LogitFigures`. */
export interface TokenFigures {
  /** −ln p(next token); NaN where no token follows. */
  readonly nll: Float64Array;
  /** KL divergence from the reference's distribution, in nats. */
  readonly kl: Float64Array;
  /** The likeliest next token. */
  readonly top: Int32Array;
}

/** A stream end to end. All but the first two figures compare it with the reference on the same tokens. */
export interface StreamFigures {
  /** Mean negative log-likelihood of a token, in nats. */
  readonly nll: number;
  /** e to the power of `nll`. */
  readonly perplexity: number;
  /** Perplexity over the reference's, less 1: 0.01 is one percent more. */
  readonly pplIncrease: number;
  /** Standard error of `pplIncrease`, from the differences token by token. */
  readonly pplIncreaseStdErr: number;
  readonly klMean: number;
  /** KL divergence that 99 of 100 tokens stay below. */
  readonly klP99: number;
  /** Share of tokens whose likeliest successor is the reference's too. */
  readonly top1: number;
}

/** Figures of `own` beside `reference`; a NaN of a scored token makes the figures NaN. Throws a RangeError for no token. */
export function streamFigures(own: TokenFigures, reference: TokenFigures, scored: Int32Array): StreamFigures {
  const count = scored.length;
  if (count === 0) throw new RangeError("no token is scored");
  const mean = (of: (row: number) => number) => pairwiseSum(count, (at) => of(scored[at]!)) / count;
  const nll = mean((row) => own.nll[row]!);
  const difference = mean((row) => own.nll[row]! - reference.nll[row]!);
  const variance = mean((row) => (own.nll[row]! - reference.nll[row]! - difference) ** 2);
  // The delta method: d e^x = e^x dx.
  const error = Math.exp(difference) * Math.sqrt(variance / Math.max(1, count - 1));
  return {
    nll,
    perplexity: Math.exp(nll),
    pplIncrease: Math.expm1(difference),
    pplIncreaseStdErr: error,
    klMean: mean((row) => own.kl[row]!),
    klP99: percentile99(own.kl, scored),
    top1: mean((row) => (own.top[row]! >= 0 && own.top[row] === reference.top[row] ? 1 : 0)),
  };
}

/** Rows that have a next token, given what follows each; −1: nothing. */
export function scoredRows(targets: Int32Array): Int32Array {
  return Int32Array.from(targets.keys()).filter((row) => targets[row]! >= 0);
}

function percentile99(numbers: Float64Array, rows: Int32Array): number {
  const sorted = Float64Array.from(rows, (row) => numbers[row]!).sort();
  // NaN sorts last, where it must not hide.
  return Number.isNaN(sorted.at(-1)) ? Number.NaN : sorted[Math.ceil(0.99 * sorted.length) - 1]!;
}
