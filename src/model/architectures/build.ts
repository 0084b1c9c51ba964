import type { Activation } from "../ops.js";
import type { AttentionRecipe, FeedRecipe, GatedRecipe, LayerRecipe, Recipe } from "../recipe.js";
import type { Fields } from "./fields.js";
import { linear, matrix, normOf, share } from "./names.js";
import { ropeOf } from "./rope-config.js";
import type { Architecture, ExpertsRow, Switch } from "./row.js";

/** Beginnings of the tensor names of one checkpoint: of the decoder, and of its output. */
export interface Prefixes {
  readonly model: string;
  readonly head: string;
}

/** The recipe of a model whose architecture is known. Throws a data Refusal for a field that is missing or odd. */
export function build(row: Architecture, config: Fields, prefixes: Prefixes): Recipe {
  const sizes = sizesOf(row, config);
  const { hidden, vocabulary, headSize } = sizes;
  const defaults = { theta: row.absent.theta, headSize };
  const kind = row.windowTheta === undefined ? undefined : "full_attention";
  const ropes = [ropeOf(config, defaults, kind), ...windowRope(row, config, defaults)];
  const embedding = matrix(`${prefixes.model}embed_tokens.weight`, vocabulary, hidden);
  const tied = config.flag("tie_word_embeddings", row.absent.tied);
  const make = { row, config, sizes, prefix: prefixes.model };
  return {
    ...{ modelType: row.modelType, ...sizes, activation: activationOf(row, config), embedding, ropes },
    embeddingScale: row.gemma ? Math.fround(Math.sqrt(hidden)) : 1,
    layers: Array.from({ length: config.count("num_hidden_layers") }, (_, index) => layerOf(make, index)),
    finalNorm: normOf(`${prefixes.model}norm`, hidden, sizes.epsilon, row.gemma ? 1 : 0),
    head: { weights: tied ? embedding : matrix(`${prefixes.head}lm_head.weight`, vocabulary, hidden) },
    logitSoftcap: row.softcaps === undefined ? 0 : config.number(row.softcaps.logits, 0),
  };
}

type Sizes = ReturnType<typeof sizesOf>;

interface Make {
  readonly row: Architecture;
  readonly config: Fields;
  readonly sizes: Sizes;
  readonly prefix: string;
}

function sizesOf(row: Architecture, config: Fields) {
  const hidden = config.count("hidden_size");
  const heads = config.count("num_attention_heads");
  const kvHeads = config.count("num_key_value_heads", heads);
  if (heads % kvHeads !== 0) throw config.wrong("num_key_value_heads", `a divisor of ${heads} query heads`);
  const headSize = config.count("head_dim", row.absent.headSize ?? Math.floor(hidden / heads));
  const epsilon = config.number("rms_norm_eps", 1e-6);
  return { hidden, heads, kvHeads, headSize, epsilon, vocabulary: config.count("vocab_size") };
}

/** A second rotation, for layers with a window, where the architecture has one. */
function windowRope(
  { windowTheta }: Architecture,
  config: Fields,
  defaults: { theta: number; headSize: number },
) {
  if (windowTheta === undefined) return [];
  if (config.below("rope_parameters")?.has("sliding_attention"))
    return [ropeOf(config, defaults, "sliding_attention")];
  const theta = config.number(windowTheta.key, windowTheta.absent);
  return [{ kind: "default" as const, theta, features: defaults.headSize }];
}

const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ["silu", "silu"],
  ["swish", "silu"],
  ["gelu", "gelu"],
  ["gelu_pytorch_tanh", "gelu-tanh"],
  ["gelu_new", "gelu-tanh"],
] as const);

/** Gemma configs may have `hidden_act` as well, which their code does not read. */
function activationOf({ activationKey, gemma }: Architecture, config: Fields): Activation {
  const name = config.text(activationKey, gemma ? "gelu_pytorch_tanh" : "silu");
  const activation = ACTIVATIONS.get(name);
  if (activation === undefined)
    throw config.wrong(activationKey, `one of ${[...ACTIVATIONS.keys()].join(", ")}`);
  return activation;
}

function layerOf(make: Make, index: number): LayerRecipe {
  const { row, sizes, prefix } = make;
  const module = `${prefix}layers.${index}`;
  const norm = (name: string) => normOf(`${module}.${name}`, sizes.hidden, sizes.epsilon, row.gemma ? 1 : 0);
  const own = { index, path: `${module}.self_attn`, attention: attentionOf(make, module, index) };
  const feed = feedOf(make, module, index);
  if (!row.gemma)
    return {
      ...own,
      feed,
      attentionNorm: norm("input_layernorm"),
      feedNorm: norm("post_attention_layernorm"),
    };
  return {
    ...own,
    feed,
    attentionNorm: norm("input_layernorm"),
    afterAttention: norm("post_attention_layernorm"),
    feedNorm: norm("pre_feedforward_layernorm"),
    afterFeed: norm("post_feedforward_layernorm"),
  };
}

function attentionOf(make: Make, module: string, index: number): AttentionRecipe {
  const { row, config, sizes } = make;
  const { heads, headSize, hidden, epsilon } = sizes;
  const window = row.window(config, index);
  const softcap = row.softcaps === undefined ? 0 : config.number(row.softcaps.attention, 0);
  const scaled = row.scaleKey === undefined ? headSize : config.number(row.scaleKey, headSize);
  const headNorm = (name: string) =>
    normOf(`${module}.self_attn.${name}`, headSize, epsilon, row.gemma ? 1 : 0);
  return {
    ...projectionsOf(make, `${module}.self_attn`),
    output: linear(`${module}.self_attn.o_proj`, hidden, heads * headSize, isOn(row.biases.output, config)),
    ...(row.headNorms ? { queryNorm: headNorm("q_norm"), keyNorm: headNorm("k_norm") } : {}),
    rope: row.windowTheta !== undefined && window !== undefined ? 1 : 0,
    softmaxScale: scaled ** -0.5,
    ...(window === undefined ? {} : { window }),
    ...(softcap === 0 ? {} : { softcap }),
  };
}

function projectionsOf({ row, config, sizes }: Make, module: string) {
  const { heads, kvHeads, headSize, hidden } = sizes;
  const [queries, keys] = [heads * headSize, kvHeads * headSize];
  const biased = isOn(row.biases.input, config);
  if (!row.fused) {
    return {
      query: linear(`${module}.q_proj`, queries, hidden, biased),
      key: linear(`${module}.k_proj`, keys, hidden, biased),
      value: linear(`${module}.v_proj`, keys, hidden, biased),
    };
  }
  const whole = linear(`${module}.qkv_proj`, queries + 2 * keys, hidden, biased);
  return {
    query: share(whole, 0, queries),
    key: share(whole, queries, keys),
    value: share(whole, queries + keys, keys),
  };
}

function feedOf(make: Make, module: string, index: number): FeedRecipe {
  const { row, config, sizes } = make;
  const { experts } = row;
  if (experts?.at(config, index)) return expertsOf(experts, config, sizes.hidden, module);
  const width = config.count("intermediate_size");
  const biased = isOn(row.biases.feed, config);
  const names = { gate: "gate_proj", up: "up_proj", down: "down_proj" };
  if (!row.fused) return { kind: "dense", unit: unitOf(`${module}.mlp`, names, width, sizes.hidden, biased) };
  const both = linear(`${module}.mlp.gate_up_proj`, 2 * width, sizes.hidden, biased);
  const down = linear(`${module}.mlp.down_proj`, sizes.hidden, width, biased);
  return { kind: "dense", unit: { gate: share(both, 0, width), up: share(both, width, width), down } };
}

function expertsOf(row: ExpertsRow, config: Fields, hidden: number, module: string): FeedRecipe {
  const count = config.count(row.count);
  const width = config.count(row.width);
  const unit = (at: number) =>
    unitOf(`${module}.${row.module}.experts.${at}`, row.names, width, hidden, false);
  return {
    kind: "experts",
    router: linear(`${module}.${row.module}.gate`, count, hidden, false),
    experts: Array.from({ length: count }, (_, at) => unit(at)),
    chosen: Math.min(count, config.count(row.chosen)),
    renormalised: isOn(row.renormalised, config),
  };
}

function unitOf(
  module: string,
  names: ExpertsRow["names"],
  width: number,
  hidden: number,
  biased: boolean,
): GatedRecipe {
  return {
    gate: linear(`${module}.${names.gate}`, width, hidden, biased),
    up: linear(`${module}.${names.up}`, width, hidden, biased),
    down: linear(`${module}.${names.down}`, hidden, width, biased),
  };
}

function isOn(rule: Switch, config: Fields): boolean {
  return typeof rule === "boolean" ? rule : config.flag(rule.key, false);
}
