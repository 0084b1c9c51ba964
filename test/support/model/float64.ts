/**
 * Decoders in float64, written straight from transformers' documented arithmetic and sharing no code with the
 * recipes: the oracle of architectures that have no golden logits. It reads the config of transformers 4 or 5 with
 * all fields present. Sources: modeling_qwen2.py, modeling_mixtral.py, modeling_qwen3_moe.py and modeling_phi3.py
 * @00d4b3d, modeling_gemma3.py @0018aa6, and for frequencies modeling_rope_utils.py @ef46806.
 */
import { inverseFrequencies, type RopeSurroundings, type RopeWords } from "./float64-rope.js";
import type { Tensor } from "./made-up.js";

/** A config in the words of transformers. */
export interface Config extends RopeSurroundings {
  readonly model_type: string;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_key_value_heads: number;
  readonly vocab_size: number;
  readonly rms_norm_eps: number;
  readonly hidden_act?: keyof typeof ACTS;
  readonly hidden_activation?: keyof typeof ACTS;
  readonly tie_word_embeddings?: boolean;
  readonly rope_theta?: number;
  readonly rope_scaling?: RopeWords;
  readonly rope_parameters?: RopeWords & {
    readonly full_attention?: RopeWords;
    readonly sliding_attention?: RopeWords;
  };
  readonly rope_local_base_freq?: number;
  readonly sliding_window?: number | null;
  readonly sliding_window_pattern?: number;
  readonly use_sliding_window?: boolean;
  readonly max_window_layers?: number;
  readonly query_pre_attn_scalar?: number;
  readonly attn_logit_softcapping?: number;
  readonly final_logit_softcapping?: number;
  readonly attention_bias?: boolean;
  readonly mlp_bias?: boolean;
  readonly num_local_experts?: number;
  readonly num_experts?: number;
  readonly num_experts_per_tok?: number;
  readonly moe_intermediate_size?: number;
  readonly norm_topk_prob?: boolean;
  readonly decoder_sparse_step?: number;
  readonly mlp_only_layers?: readonly number[];
}

/** What the oracle yields. */
export interface Exact {
  /** [tokens][vocabulary]. */
  readonly logits: readonly Float64Array[];
  /** Largest magnitude by layer and KV head. */
  readonly k: readonly (readonly number[])[];
  readonly v: readonly (readonly number[])[];
}

type Rows = Float64Array[];

/** One sequence through the whole model. `prefix` is where the decoder's names begin. */
export function exactly(
  config: Config,
  tensors: ReadonlyMap<string, Tensor>,
  tokens: readonly number[],
  prefix = "model.",
): Exact {
  const type: string = config.model_type;
  const gemma = type.startsWith("gemma");
  const hidden: number = config.hidden_size;
  const get = (name: string): Tensor => {
    const tensor = tensors.get(prefix + name);
    if (tensor === undefined) throw new Error(`the oracle misses ${prefix}${name}`);
    return tensor;
  };
  const linear = (x: Rows, module: string): Rows => {
    const bias = tensors.get(`${prefix}${module}.bias`)?.values;
    return matmul(x, get(`${module}.weight`)).map((row) => (bias ? row.map((y, i) => y + bias[i]!) : row));
  };
  const rms = (x: Rows, module: string): Rows => {
    const { values } = get(`${module}.weight`);
    return x.map((row) => {
      const mean = row.reduce((sum, y) => sum + y * y, 0) / row.length;
      const root = Math.sqrt(mean + config.rms_norm_eps);
      return row.map((y, i) => (y / root) * ((gemma ? 1 : 0) + values[i]!));
    });
  };
  const act = ACTS[config[gemma ? "hidden_activation" : "hidden_act"]!];
  const gatedUnit = (gate: Rows, up: Rows, down: string): Rows =>
    linear(
      gate.map((row, t) => row.map((y, i) => act(y) * up[t]![i]!)),
      down,
    );
  const experts = (
    x: Rows,
    module: string,
    count: number,
    chosen: number,
    names: string[],
    norm: boolean,
  ) => {
    const shares = linear(x, `${module}.gate`).map((row) => softmax([...row]));
    return x.map((row, t) => {
      const best = [...Array(count).keys()].sort((a, b) => shares[t]![b]! - shares[t]![a]!).slice(0, chosen);
      const whole = norm ? best.reduce((sum, e) => sum + shares[t]![e]!, 0) : 1;
      const out = new Float64Array(hidden);
      for (const e of best) {
        const at = `${module}.experts.${e}`;
        const [y] = gatedUnit(
          linear([row], `${at}.${names[0]}`),
          linear([row], `${at}.${names[1]}`),
          `${at}.${names[2]}`,
        );
        for (let i = 0; i < hidden; i++) out[i]! += (shares[t]![e]! / whole) * y![i]!;
      }
      return out;
    });
  };
  const feed = (x: Rows, at: string, layer: number): Rows => {
    if (type === "mixtral")
      return experts(
        x,
        `${at}.block_sparse_moe`,
        config.num_local_experts!,
        config.num_experts_per_tok!,
        ["w1", "w3", "w2"],
        true,
      );
    const sparse =
      type === "qwen3_moe" &&
      !config.mlp_only_layers!.includes(layer) &&
      (layer + 1) % config.decoder_sparse_step! === 0;
    if (sparse)
      return experts(
        x,
        `${at}.mlp`,
        config.num_experts!,
        config.num_experts_per_tok!,
        ["gate_proj", "up_proj", "down_proj"],
        config.norm_topk_prob!,
      );
    if (type === "phi3") {
      const both = linear(x, `${at}.mlp.gate_up_proj`);
      const half = both[0]!.length / 2;
      return gatedUnit(
        both.map((r) => r.slice(0, half)),
        both.map((r) => r.slice(half)),
        `${at}.mlp.down_proj`,
      );
    }
    return gatedUnit(linear(x, `${at}.mlp.gate_proj`), linear(x, `${at}.mlp.up_proj`), `${at}.mlp.down_proj`);
  };

  const heads: number = config.num_attention_heads;
  const kvHeads: number = config.num_key_value_heads;
  const size: number = config.head_dim ?? hidden / heads;
  const amax = { k: [] as number[][], v: [] as number[][] };
  const attend = (x: Rows, at: string, layer: number): Rows => {
    const sliding = slides(config, layer);
    let q: Rows;
    let k: Rows;
    let v: Rows;
    if (type === "phi3") {
      const qkv = linear(x, `${at}.qkv_proj`);
      q = qkv.map((r) => r.slice(0, heads * size));
      k = qkv.map((r) => r.slice(heads * size, (heads + kvHeads) * size));
      v = qkv.map((r) => r.slice((heads + kvHeads) * size));
    } else
      [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) => linear(x, `${at}.${name}`)) as [
        Rows,
        Rows,
        Rows,
      ];
    const split = (rows: Rows, count: number) =>
      rows.map((row) => Array.from({ length: count }, (_, h) => row.slice(h * size, (h + 1) * size)));
    let [qs, ks]: [Rows[], Rows[]] = [split(q, heads), split(k, kvHeads)];
    const vs = split(v, kvHeads);
    if (type.startsWith("qwen3") || type.startsWith("gemma3")) {
      qs = qs.map((row) => rms(row, `${at}.q_norm`));
      ks = ks.map((row) => rms(row, `${at}.k_norm`));
    }
    const { inverse, factor } = inverseFrequencies(ropeWords(config, sliding), config, tokens.length);
    const turn = (rows: Float64Array[][]) =>
      rows.map((row, t) => row.map((head) => rotated(head, inverse, t, factor)));
    qs = turn(qs);
    ks = turn(ks);
    const peak = (rows: Float64Array[][], h: number) =>
      Math.max(...rows.flatMap((row) => [...row[h]!].map(Math.abs)));
    amax.k.push(Array.from({ length: kvHeads }, (_, h) => peak(ks, h)));
    amax.v.push(Array.from({ length: kvHeads }, (_, h) => peak(vs, h)));
    const scale = (gemma ? config.query_pre_attn_scalar! : size) ** -0.5;
    const cap = config.attn_logit_softcapping ?? 0;
    const window = sliding ? config.sliding_window! : Infinity;
    const out = x.map((_, t) => {
      const row = new Float64Array(heads * size);
      for (let h = 0; h < heads; h++) {
        const g = Math.floor(h / (heads / kvHeads));
        const first = Math.max(0, t + 1 - window);
        const logits: number[] = [];
        for (let s = first; s <= t; s++) {
          const raw = scale * qs[t]![h]!.reduce((sum, y, i) => sum + y * ks[s]![g]![i]!, 0);
          logits.push(cap ? cap * Math.tanh(raw / cap) : raw);
        }
        softmax(logits).forEach((p, s) => {
          for (let i = 0; i < size; i++) row[h * size + i]! += p * vs[first + s]![g]![i]!;
        });
      }
      return row;
    });
    return linear(out, `${at}.o_proj`);
  };

  const table = get("embed_tokens.weight");
  let x: Rows = tokens.map((id) =>
    Float64Array.from(
      table.values.subarray(id * hidden, (id + 1) * hidden),
      (y) => y * (gemma ? Math.sqrt(hidden) : 1),
    ),
  );
  const plus = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((y, i) => y + b[t]![i]!));
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `layers.${layer}`;
    const mixed = attend(rms(x, `${at}.input_layernorm`), `${at}.self_attn`, layer);
    x = plus(x, gemma ? rms(mixed, `${at}.post_attention_layernorm`) : mixed);
    const fed = feed(rms(x, `${at}.${gemma ? "pre_feedforward" : "post_attention"}_layernorm`), at, layer);
    x = plus(x, gemma ? rms(fed, `${at}.post_feedforward_layernorm`) : fed);
  }
  const head = config.tie_word_embeddings ? table : tensors.get("lm_head.weight")!;
  const cap = config.final_logit_softcapping ?? 0;
  const logits = matmul(rms(x, "norm"), head).map((row) =>
    cap ? row.map((y) => cap * Math.tanh(y / cap)) : row,
  );
  return { logits, ...amax };
}

const ACTS = {
  silu: (x: number) => x / (1 + Math.exp(-x)),
  gelu_pytorch_tanh: (x: number) =>
    0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

function matmul(x: Rows, { shape, values }: Tensor): Rows {
  const [rows, columns] = shape as [number, number];
  return x.map((row) =>
    Float64Array.from({ length: rows }, (_, r) => {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += row[c]! * values[r * columns + c]!;
      return sum;
    }),
  );
}

function softmax(logits: number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((y) => Math.exp(y - top));
  const whole = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / whole);
}

/** Feature i of the first half turns with feature i of the second; those beyond the table stay. */
function rotated(
  head: Float64Array,
  inverse: readonly number[],
  position: number,
  factor: number,
): Float64Array {
  const out = head.slice();
  const half = inverse.length;
  inverse.forEach((f, i) => {
    const [c, s] = [Math.cos(position * f) * factor, Math.sin(position * f) * factor];
    out[i] = head[i]! * c - head[i + half]! * s;
    out[i + half] = head[i + half]! * c + head[i]! * s;
  });
  return out;
}

function slides(config: Config, layer: number): boolean {
  const type: string = config.model_type;
  if (type === "qwen2" || type === "qwen3")
    return config.use_sliding_window === true && layer >= config.max_window_layers!;
  if (type === "qwen3_moe") return config.use_sliding_window === true;
  if (type === "gemma2") return layer % 2 === 0;
  if (type === "gemma3_text") return (layer + 1) % (config.sliding_window_pattern ?? 6) !== 0;
  return (config.sliding_window ?? null) !== null;
}

function ropeWords(config: Config, sliding: boolean): RopeWords {
  const parameters = config.rope_parameters;
  if (config.model_type === "gemma3_text") {
    if (parameters) return parameters[sliding ? "sliding_attention" : "full_attention"]!;
    if (sliding) return { rope_type: "default", rope_theta: config.rope_local_base_freq! };
  }
  return (
    parameters ?? { rope_theta: config.rope_theta!, ...(config.rope_scaling ?? { rope_type: "default" }) }
  );
}
