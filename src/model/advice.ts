import type { StreamFigures } from "./perplexity.js";

/** One way to keep the cache, end to end. */
export interface StreamSummary extends StreamFigures {
  readonly name: string;
}

/** The channel of K that is largest beside the others of its layer. */
export interface Outlier {
  readonly head: number;
  readonly channel: number;
  /** Largest magnitude of the channel. */
  readonly amax: number;
  /** The same over the median channel of the layer. */
  readonly ratio: number;
}

/** What one role of a layer does with its range under the scales that are judged. */
export interface RoleUse {
  readonly clipRate: number;
  readonly headRoom: number;
}

/** What a layer adds to the whole, for the stream that is judged. */
export interface LayerSummary {
  readonly layer: number;
  /** Relative L2 error of the attention output, from the same input as the reference. */
  readonly localError: number;
  readonly outlier: Outlier;
  readonly k: RoleUse;
  readonly v: RoleUse;
}

/** Everything that advice is drawn from. `judged` names the stream whose scales are asked about. */
export interface Summary {
  readonly judged: string;
  readonly streams: readonly StreamSummary[];
  readonly layers: readonly LayerSummary[];
}

/** The names of the streams that advice knows how to speak of. */
export const STREAM_NAMES = {
  reference: "16-bit",
  stored: "stored",
  unit: "unit",
  tensor: "recalibrated",
  head: "per-head",
  e5m2: "e5m2",
  fnuz: "e4m3fnuz",
  valuesOnly: "k16-v8",
} as const;

/**
 * What to do, in sentences that follow from the figures alone; the most useful first. Differences within twice
 * their standard error, or below a tenth of a percent, are not spoken of.
 */
export function advise(summary: Summary): string[] {
  const own = summary.streams.find(({ name }) => name === summary.judged);
  if (own === undefined) return [NOT_RUN];
  return RULES.flatMap((rule) => rule(summary, own) ?? []);
}

const NOT_RUN = "The model ran with its 16-bit cache only: an FP8 one needs a usable scale in every layer.";

type Rule = (summary: Summary, own: StreamSummary) => string | undefined;

const RULES: readonly Rule[] = [overall, clipping, outliers, worseThanUnit, betterScales, wastedRange];

/** An increase that text of this length can show, and that anybody would notice. */
function matters({ pplIncrease, pplIncreaseStdErr }: StreamFigures): boolean {
  return pplIncrease > Math.max(0.001, 2 * pplIncreaseStdErr);
}

function overall({ layers }: Summary, own: StreamSummary): string | undefined {
  if (Number.isNaN(own.pplIncrease))
    return "The model computes NaN with this cache; look at the layers that fail.";
  if (!matters(own)) return unseen(own);
  const median = middle(layers.map(({ localError }) => localError));
  const worst = layers.filter(({ localError }) => localError > 2 * median);
  const where = worst.length === 0 ? "all layers alike" : `most of it in ${named(worst)}`;
  return `This cache costs ${increase(own)} perplexity, ${where}.`;
}

/** Perplexity that did not rise is no proof: a text may be too short for it, and predictions may move without it. */
function unseen(own: StreamSummary): string {
  const { klMean, top1, pplIncreaseStdErr } = own;
  const change = `${increase(own)} ± ${Number((pplIncreaseStdErr * 100).toPrecision(2))} %`;
  if (klMean > MOVED.kl || top1 < MOVED.top1)
    return `Perplexity does not show it on this text (${change}), but the predictions moved: KL ${klMean.toPrecision(2)}, and ${Math.round(top1 * 100)} % of tokens keep their likeliest successor.`;
  if (2 * pplIncreaseStdErr > UNRESOLVED)
    return `This text is too short to tell what these scales cost: ${change} perplexity.`;
  return `These scales cost nothing that this text can show: ${increase(own)} perplexity.`;
}

/** Beyond what a cache of 25 dB does, by far: its mean KL is about 0.01 nats on a small model, less on larger ones. */
const MOVED = { kl: 0.05, top1: 0.9 };

/** The rise of perplexity that the verdict fails by default must be visible. */
const UNRESOLVED = 0.03;

/** Shares of saturated values that the verdict fails too. */
const CLIPPED = 1e-4;

function clipping({ layers }: Summary): string | undefined {
  const sentences = (["k", "v"] as const).flatMap((role) => {
    const clipped = layers.filter((layer) => layer[role].clipRate > CLIPPED);
    if (clipped.length === 0) return [];
    const factor = Math.max(...clipped.map((layer) => 1 / layer[role].headRoom));
    const scales = clipped.length === 1 ? `the ${role} scale is` : `the ${role} scales are`;
    return [`in ${named(clipped)} ${scales} up to ${short(factor)} times too small, and values saturate`];
  });
  return sentences.length === 0
    ? undefined
    : `${capital(sentences.join("; "))}. Calibrate anew with \`kvscale calibrate\`.`;
}

/** A channel this many times above the median leaves the others few of the format's steps. */
export const OUTLYING = 20;

function outliers({ layers, streams }: Summary, own: StreamSummary): string | undefined {
  const outlying = layers.filter(({ outlier }) => outlier.ratio >= OUTLYING);
  if (outlying.length === 0 || !matters(own)) return undefined;
  const largest = Math.max(...outlying.map(({ outlier }) => outlier.ratio));
  const remedies = [
    remedy(streams, own, STREAM_NAMES.valuesOnly, "keep K in 16 bits there"),
    remedy(streams, own, STREAM_NAMES.head, "use per-head scales"),
  ].flatMap((text) => text ?? []);
  const what = remedies.length === 0 ? "no scale that was tried mends it" : remedies.join(", or ");
  return `${capital(named(outlying))}: K channel outliers of up to ${short(largest)}× the median; ${what}.`;
}

function remedy(streams: readonly StreamSummary[], own: StreamSummary, name: string, words: string) {
  const other = streams.find((stream) => stream.name === name);
  return other !== undefined && isBetter(other, own) ? `${words} (${increase(other)} perplexity)` : undefined;
}

function worseThanUnit({ streams, judged }: Summary, own: StreamSummary): string | undefined {
  const unit = streams.find(({ name }) => name === STREAM_NAMES.unit);
  if (unit === undefined || judged === STREAM_NAMES.unit || !isBetter(unit, own)) return undefined;
  return `Scale 1.0 would cost ${increase(unit)} perplexity, yours ${increase(own)}: these scales are worse than none.`;
}

function betterScales({ streams }: Summary, own: StreamSummary): string | undefined {
  const [best] = streams
    .filter(({ name }) => name === STREAM_NAMES.tensor || name === STREAM_NAMES.head)
    .filter((stream) => isBetter(stream, own))
    .sort((a, b) => a.pplIncrease - b.pplIncrease);
  if (best === undefined) return undefined;
  const option = best.name === STREAM_NAMES.head ? " --granularity head" : "";
  return `Scales calibrated on this text cost ${increase(best)} perplexity instead of ${increase(own)}: try \`kvscale calibrate${option}\`.`;
}

/** So much room above the largest value pushes ordinary values towards the subnormal codes. */
const WASTED = 64;

function wastedRange({ layers }: Summary): string | undefined {
  const wasting = layers.filter(({ k, v }) => Math.min(k.headRoom, v.headRoom) > WASTED);
  if (wasting.length === 0) return undefined;
  return `In ${named(wasting)} the largest value uses less than 1/${WASTED} of the range: smaller scales would be more exact.`;
}

/** Better by more than chance: the two errors stand for the error of their difference, which is smaller. */
function isBetter(other: StreamFigures, own: StreamFigures): boolean {
  const gap = own.pplIncrease - other.pplIncrease;
  return gap > Math.max(0.001, 2 * Math.hypot(own.pplIncreaseStdErr, other.pplIncreaseStdErr));
}

function increase({ pplIncrease }: StreamFigures): string {
  const percent = Math.abs(pplIncrease * 100);
  return `${pplIncrease < 0 ? "−" : "+"}${percent >= 99.5 ? percent.toFixed(0) : percent.toPrecision(2)} %`;
}

function named(layers: readonly LayerSummary[]): string {
  const numbers = layers.map(({ layer }) => String(layer));
  if (numbers.length === 1) return `layer ${numbers[0]}`;
  if (numbers.length > 6) return `${numbers.length} layers (${numbers.slice(0, 4).join(", ")}, …)`;
  return `layers ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
}

function short(number: number): string {
  return number >= 100 ? String(Math.round(number)) : String(Number(number.toPrecision(2)));
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The lower of two in the middle: where half of the layers are bad, it is a good one. */
function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;
}
