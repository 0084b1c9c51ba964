import { drawable, type Plot } from "./plot.js";

/** Where numbers stand between the bottom (0) and the top (1) of a plot. */
export interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** An axis that shows every number and limit of a plot. Linear ones begin at 0, unless all numbers lie far from it. */
export function axisOf(plot: Pick<Plot, "axis" | "series" | "limits">): Axis {
  const limits = plot.limits.map(({ at }) => at).filter((at) => plot.axis === "linear" || at > 0);
  const numbers = [...drawable(plot), ...limits];
  const low = numbers.reduce((least, number) => Math.min(least, number), Infinity);
  const high = numbers.reduce((most, number) => Math.max(most, number), -Infinity);
  if (plot.axis === "log") return logAxis(low, high);
  return linearAxis(low > high / 2 ? low - (high - low) / 4 : Math.min(low, 0), high);
}

/** The whole numbers that are shown below a plot: every first, second, fifth, tenth…, so that few stay. */
export function sparse(count: number, most: number): number {
  const step = STEPS.find((size) => count / size <= most);
  return step ?? Math.ceil(count / most);
}

const STEPS = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 100];

function linearAxis(low: number, high: number): Axis {
  const step = niceStep((high - low || Math.abs(high) || 1) / 4);
  const bottom = Math.floor(low / step) * step;
  const top = Math.max(Math.ceil(high / step) * step, bottom + step);
  const count = Math.round((top - bottom) / step);
  const ticks = Array.from({ length: count + 1 }, (_, at) => rounded(bottom + at * step));
  return { ticks, place: (value) => clamped((value - bottom) / (top - bottom)) };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
}

/** Whole decades where there are several, else 1-2-5 within them. */
function logAxis(low: number, high: number): Axis {
  const [bottom, top] = logRange(low, high);
  // Logarithms first: the quotient of a subnormal number is infinite.
  const decades = Math.log10(top) - Math.log10(bottom);
  const factors = decades > 3 ? [1] : [1, 2, 5];
  const every = decades > 8 ? Math.ceil(decades / 6) : 1;
  const first = Math.floor(Math.log10(bottom));
  const ticks = Array.from({ length: Math.ceil(decades) + 2 }, (_, at) => at)
    .filter((at) => at % every === 0)
    .flatMap((at) => factors.map((factor) => rounded(factor * 10 ** (first + at))))
    .filter((tick) => tick >= bottom * 0.999 && tick <= top * 1.001);
  return { ticks, place: (value) => clamped((Math.log10(value) - Math.log10(bottom)) / decades) };
}

/** The numbers with some air around them, at least a factor of four apart. */
function logRange(low: number, high: number): [number, number] {
  const air = high / low < 4 ? 2 : 1.25;
  return [Math.max(low / air, Number.MIN_VALUE), Math.min(high * air, Number.MAX_VALUE)];
}

function rounded(value: number): number {
  return Number(value.toPrecision(10));
}

function clamped(share: number): number {
  return Math.max(0, Math.min(1, share));
}
