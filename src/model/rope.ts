/** What every kind of rotary embedding has. */
interface Rotation {
  readonly theta: number;
  /** Features of a head that turn; even. */
  readonly features: number;
}

/** A rotary position embedding with the parameters of its kind, in the words of a config's `rope_type`. */
export type Rope = Rotation &
  (
    | { readonly kind: "default" }
    | { readonly kind: "linear"; readonly factor: number }
    | { readonly kind: "dynamic"; readonly factor: number; readonly trained: number }
    | {
        readonly kind: "llama3";
        readonly factor: number;
        readonly lowFrequencyFactor: number;
        readonly highFrequencyFactor: number;
        readonly trained: number;
      }
    | {
        readonly kind: "yarn";
        readonly factor: number;
        readonly trained: number;
        readonly attentionFactor: number;
        readonly betaFast: number;
        readonly betaSlow: number;
        readonly truncate: boolean;
      }
    | {
        readonly kind: "longrope";
        readonly trained: number;
        readonly attentionFactor: number;
        readonly shortFactors: readonly number[];
        readonly longFactors: readonly number[];
      }
  );

/** Angle per position of each pair of features, and the factor on cosines and sines. */
export interface Frequencies {
  /** [features / 2]. */
  readonly inverse: Float32Array;
  readonly attentionFactor: number;
}

/** Cosines and sines of positions, [positions, features / 2] each, attention factor included. */
export interface RotationTable {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * The length that decides the frequencies of a sequence of `length` tokens: sequences with the same answer share a
 * table. Only "dynamic" (beyond the trained length) and "longrope" depend on the length.
 */
export function regimeOf(rope: Rope, length: number): number {
  if (rope.kind === "dynamic") return Math.max(length, rope.trained);
  if (rope.kind === "longrope") return length > rope.trained ? rope.trained + 1 : rope.trained;
  return 0;
}

/**
 * Frequencies for sequences of that length, each step rounded to float32 as PyTorch does it. Source:
 * transformers `modeling_rope_utils.py` @ef46806 and, for what yarn and longrope take from where, release 5.18.
 */
export function frequenciesOf(rope: Rope, length: number): Frequencies {
  switch (rope.kind) {
    case "default":
      return { inverse: plain(rope.theta, rope.features), attentionFactor: 1 };
    case "linear":
      return { inverse: plain(rope.theta, rope.features).map((f) => f / rope.factor), attentionFactor: 1 };
    case "dynamic":
      return { inverse: plain(stretchedBase(rope, length), rope.features), attentionFactor: 1 };
    case "llama3":
      return { inverse: plain(rope.theta, rope.features).map((f) => banded(f, rope)), attentionFactor: 1 };
    case "yarn":
      return { inverse: ramped(rope), attentionFactor: rope.attentionFactor };
    case "longrope":
      return { inverse: factored(rope, length), attentionFactor: rope.attentionFactor };
  }
}

/** The table of positions 0 … `positions − 1`. */
export function rotationTable({ inverse, attentionFactor }: Frequencies, positions: number): RotationTable {
  const half = inverse.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  const factor = f32(attentionFactor);
  for (let at = 0; at < cos.length; at++) {
    const angle = f32(f32(Math.floor(at / half)) * inverse[at % half]!);
    cos[at] = f32(Math.cos(angle)) * factor;
    sin[at] = f32(Math.sin(angle)) * factor;
  }
  return { cos, sin };
}

const f32 = Math.fround;

/** `base^(2i / features)`. */
function powers(base: number, features: number): Float32Array {
  return Float32Array.from({ length: features / 2 }, (_, i) => f32(base) ** f32((2 * i) / features));
}

function plain(base: number, features: number): Float32Array {
  return powers(base, features).map((power) => 1 / power);
}

/** Within the trained length the base stays; beyond it transformers has the length as a tensor: float32 steps. */
function stretchedBase(rope: Extract<Rope, { kind: "dynamic" }>, length: number): number {
  const { theta, factor, trained, features } = rope;
  if (length <= trained) return theta;
  const stretch = f32(f32(f32(factor * length) / trained) - (factor - 1));
  return f32(theta * f32(stretch ** (features / (features - 2))));
}

/** Low frequencies are divided by the factor, high ones stay, those between are mixed. */
function banded(frequency: number, rope: Extract<Rope, { kind: "llama3" }>): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, trained } = rope;
  const wavelength = f32(f32(2 * Math.PI) / frequency);
  if (wavelength > trained / low) return f32(frequency / factor);
  if (wavelength < trained / high) return frequency;
  const smooth = f32(f32(f32(trained / wavelength) - low) / (high - low));
  return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
}

function ramped(rope: Extract<Rope, { kind: "yarn" }>): Float32Array {
  const { low, high } = rampOf(rope);
  return powers(rope.theta, rope.features).map((power, i) => {
    const extrapolation = f32(1 / power);
    const interpolation = f32(1 / f32(rope.factor * power));
    const ramp = Math.min(1, Math.max(0, f32(f32(i - low) / f32(high - low))));
    const kept = f32(1 - ramp);
    return f32(f32(interpolation * f32(1 - kept)) + f32(extrapolation * kept));
  });
}

/** Pairs of features between which YaRN passes from extrapolation to interpolation. */
function rampOf(rope: Extract<Rope, { kind: "yarn" }>): { low: number; high: number } {
  const { theta, features, trained, betaFast, betaSlow, truncate } = rope;
  const pairAt = (turns: number) =>
    (features * Math.log(trained / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [pairAt(betaFast), pairAt(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, features - 1);
  return { low, high: low === high ? high + 0.001 : high };
}

function factored(rope: Extract<Rope, { kind: "longrope" }>, length: number): Float32Array {
  const factors = length > rope.trained ? rope.longFactors : rope.shortFactors;
  return powers(rope.theta, rope.features).map((power, i) => 1 / f32(f32(factors[i]!) * power));
}
