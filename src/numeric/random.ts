/** A seeded source of numbers; the same seed and stream give the same numbers on every machine. */
export interface Random {
  /** An integer in [0, 2^32). */
  integer(): number;
  /** A float64 in [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** A deviate of the normal distribution with mean 0 and variance 1. */
  normal(): number;
}

/**
 * xoshiro128** 1.1 (Blackman and Vigna), its state filled by SplitMix64 from `seed` and `stream`, both
 * integers. Streams of one seed are independent: one per layer and role, so that no layer's numbers
 * depend on how many another one drew.
 */
export function randomFrom(seed: number, stream = 0): Random {
  return fromState(seedState(BigInt(seed), BigInt(stream)));
}

/** The generator on a given state of four 32-bit words, not all zero. */
export function fromState(state: Uint32Array): Random {
  const integer = () => nextInteger(state);
  const uniform = () => (integer() >>> 5) * 2 ** -27 + (integer() >>> 6) * 2 ** -53;
  return { integer, uniform, normal: normalFrom(integer) };
}

/** Fills `out` with normal deviates times `deviation`, rounded to float32. */
export function fillNormal(random: Random, out: Float32Array, deviation = 1): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = random.normal() * deviation;
  return out;
}

/** SplitMix64: the state after `state`, and the number it yields. */
export function splitMix64(state: bigint): { readonly state: bigint; readonly value: bigint } {
  const next = low64(state + 0x9e3779b97f4a7c15n);
  const first = low64((next ^ (next >> 30n)) * 0xbf58476d1ce4e5b9n);
  const second = low64((first ^ (first >> 27n)) * 0x94d049bb133111ebn);
  return { state: next, value: second ^ (second >> 31n) };
}

function seedState(seed: bigint, stream: bigint): Uint32Array {
  // The stream enters through the mixer too, so that (1, 0) and (0, 1) have nothing in common.
  const first = splitMix64(low64(seed ^ splitMix64(low64(stream)).value));
  const second = splitMix64(first.state);
  const words = [first.value, first.value >> 32n, second.value, second.value >> 32n];
  return Uint32Array.from(words, (word) => Number(word & 0xffffffffn));
}

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function nextInteger(state: Uint32Array): number {
  const second = state[1]!;
  const result = Math.imul(rotate(Math.imul(second, 5), 7), 9) >>> 0;
  state[2]! ^= state[0]!;
  state[3]! ^= second;
  state[1]! ^= state[2]!;
  state[0]! ^= state[3]!;
  state[2]! ^= second << 9;
  state[3] = rotate(state[3]!, 11);
  return result;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Marsaglia's polar method: two deviates from each accepted pair, the second kept for the next call. */
function normalFrom(integer: () => number): () => number {
  let spare = Number.NaN;
  return () => {
    const kept = spare;
    spare = Number.NaN;
    if (!Number.isNaN(kept)) return kept;
    for (;;) {
      const x = (integer() | 0) * 2 ** -31;
      const y = (integer() | 0) * 2 ** -31;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const length = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * length;
      return x * length;
    }
  };
}
