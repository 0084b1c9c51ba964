/** The words of `rope_parameters`, or of `rope_scaling` with `rope_theta` beside. */
export interface RopeWords {
  readonly rope_type?: string;
  readonly type?: string;
  readonly rope_theta?: number;
  readonly factor?: number;
  readonly partial_rotary_factor?: number;
  readonly original_max_position_embeddings?: number;
  readonly low_freq_factor?: number;
  readonly high_freq_factor?: number;
  readonly beta_fast?: number;
  readonly beta_slow?: number;
  readonly attention_factor?: number;
  readonly short_factor?: readonly number[];
  readonly long_factor?: readonly number[];
}

/** What else of a config decides frequencies. */
export interface RopeSurroundings {
  readonly hidden_size: number;
  readonly num_attention_heads: number;
  readonly head_dim?: number;
  readonly max_position_embeddings: number;
  readonly partial_rotary_factor?: number;
  readonly original_max_position_embeddings?: number;
}

/** Frequencies in float64 of every kind of rotation, from transformers `modeling_rope_utils.py` @ef46806. */
export function inverseFrequencies(
  words: RopeWords,
  config: RopeSurroundings,
  length: number,
): { readonly inverse: number[]; readonly factor: number } {
  const size: number = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  const dim = Math.floor(size * (words.partial_rotary_factor ?? config.partial_rotary_factor ?? 1));
  const base = words.rope_theta!;
  const longest: number = config.max_position_embeddings;
  const trained: number =
    config.original_max_position_embeddings ?? words.original_max_position_embeddings ?? longest;
  const pairs = Array.from({ length: dim / 2 }, (_, i) => i);
  const plain = (from: number) => pairs.map((i) => from ** ((-2 * i) / dim));
  const by: number = words.factor ?? longest / trained;
  switch (words.rope_type ?? words.type) {
    case "default":
      return { inverse: plain(base), factor: 1 };
    case "linear":
      return { inverse: plain(base).map((f) => f / by), factor: 1 };
    case "dynamic": {
      const seen = Math.max(length, longest);
      return { inverse: plain(base * ((by * seen) / longest - (by - 1)) ** (dim / (dim - 2))), factor: 1 };
    }
    case "llama3": {
      const [low, high] = [words.low_freq_factor!, words.high_freq_factor!];
      const band = (f: number) => {
        const turns = (trained * f) / (2 * Math.PI);
        if (turns < low) return f / by;
        if (turns > high) return f;
        const smooth = (turns - low) / (high - low);
        return ((1 - smooth) * f) / by + smooth * f;
      };
      return { inverse: plain(base).map(band), factor: 1 };
    }
    case "yarn": {
      const pair = (turns: number) =>
        (dim * Math.log(trained / (turns * 2 * Math.PI))) / (2 * Math.log(base));
      const low = Math.max(Math.floor(pair(words.beta_fast ?? 32)), 0);
      let high = Math.min(Math.ceil(pair(words.beta_slow ?? 1)), dim - 1);
      if (high === low) high += 0.001;
      const ramp = (i: number) => Math.min(1, Math.max(0, (i - low) / (high - low)));
      const inverse = plain(base).map((f, i) => (f / by) * ramp(i) + f * (1 - ramp(i)));
      return { inverse, factor: words.attention_factor ?? 0.1 * Math.log(by) + 1 };
    }
    case "longrope": {
      const factors = words[length > trained ? "long_factor" : "short_factor"]!;
      const natural = by <= 1 ? 1 : Math.sqrt(1 + Math.log(by) / Math.log(trained));
      return {
        inverse: plain(base).map((f, i) => f / factors[i]!),
        factor: words.attention_factor ?? natural,
      };
    }
    default:
      throw new Error("a rotation that the oracle does not know");
  }
}
