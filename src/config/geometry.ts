import type { Document } from "../document/document.js";
import { isObject, type Json, type JsonObject, lookup } from "../document/json.js";

/** Shape facts of a model's attention, from config.json; absent where the config does not say. */
export interface Geometry {
  readonly modelType?: string;
  readonly architectures: readonly string[];
  readonly layers?: number;
  readonly queryHeads?: number;
  readonly kvHeads?: number;
  readonly headSize?: number;
  /** 16-bit type of the weights as declared: "bfloat16", "float16", "float32". */
  readonly dtype?: string;
}

/**
 * Reads the geometry of the language model, which multimodal wrappers nest, from `config.json` or Mistral's
 * `params.json`. KV heads default to the query heads, save in families that share one. KV heads and head size are
 * absent where they differ by layer, and for latent attention (MLA), whose cache has no heads.
 */
export function geometryOf(config: Document): Geometry {
  const texts = textConfigs(config.value);
  const number = (field: Field) => firstCount(texts, KEYS[field]);
  const queryHeads = number("queryHeads");
  return present({
    modelType: text(config.value.get("model_type")),
    architectures: strings(config.value.get("architectures")),
    layers: number("layers"),
    queryHeads,
    kvHeads: headless(texts, "kvHeads") ? undefined : kvHeadsOf(texts, queryHeads),
    headSize: headless(texts, "headSize")
      ? undefined
      : (number("headSize") ?? share(number("width"), queryHeads)),
    dtype: dtypeOf([config.value, ...texts]),
  });
}

type Field = keyof typeof KEYS;

/**
 * Names of each fact, the deciding one first: encoder-decoders name the decoder's count beside the
 * encoder's (`num_hidden_layers` is the encoder's in BART and Whisper).
 */
const KEYS = {
  layers: ["decoder_layers", "num_decoder_layers", "num_hidden_layers", "n_layer", "n_layers", "num_layers"],
  queryHeads: [
    "decoder_attention_heads",
    "num_attention_heads",
    "n_head",
    "n_heads",
    "num_heads",
    "attention_heads",
  ],
  kvHeads: [
    "num_key_value_heads",
    "num_kv_heads",
    "n_kv_heads",
    "n_head_kv",
    "attn_config.kv_n_heads",
    "num_query_groups",
    "num_attention_groups",
  ],
  headSize: ["head_dim", "kv_channels", "d_kv", "attention_head_dim"],
  width: ["hidden_size", "n_embd", "d_model", "dim"],
} as const satisfies Record<string, readonly string[]>;

/** Keys of the language model's own config inside a multimodal or encoder-decoder wrapper. */
const NESTS = ["text_config", "llm_config", "language_config", "thinker_config", "decoder"] as const;

/**
 * Families that share KV heads by a switch rather than by a count: where `key` has `value`, the count is one,
 * or that of `count`. `absent` is the family's default for the key; `unless` switches the rule off.
 */
const SHARING: readonly {
  readonly families: readonly string[];
  readonly key: string;
  readonly value: Json;
  readonly absent: Json;
  readonly unless?: string;
  readonly count?: string;
}[] = [
  {
    families: ["falcon"],
    key: "multi_query",
    value: true,
    absent: true,
    unless: "new_decoder_architecture",
  },
  { families: ["refinedweb", "refinedwebmodel"], key: "multi_query", value: true, absent: false },
  { families: ["gpt_bigcode"], key: "multi_query", value: true, absent: true },
  {
    families: ["chatglm"],
    key: "multi_query_attention",
    value: true,
    absent: false,
    count: "multi_query_group_num",
  },
  {
    families: ["mpt"],
    key: "attn_config.attn_type",
    value: "multiquery_attention",
    absent: "multihead_attention",
  },
];

/** Keys whose presence means that the fact is not one number for the whole model. */
const HEADLESS = {
  kvHeads: ["kv_lora_rank", "block_configs", "num_key_value_heads_per_layer", "num_global_key_value_heads"],
  headSize: ["kv_lora_rank", "global_head_dim"],
} as const;

/** The nested language configs, innermost first, and the outermost config as the last resort. */
function textConfigs(config: JsonObject): readonly JsonObject[] {
  for (const key of NESTS) {
    const nested = config.get(key);
    if (isObject(nested)) return [...textConfigs(nested), config];
  }
  return [config];
}

function kvHeadsOf(texts: readonly JsonObject[], queryHeads: number | undefined): number | undefined {
  const family = text(first(texts, "model_type"))?.toLowerCase();
  const rule = SHARING.find(({ families }) => family !== undefined && families.includes(family));
  if (rule !== undefined && (first(texts, rule.key) ?? rule.absent) === rule.value) {
    const off = rule.unless !== undefined && first(texts, rule.unless) === true;
    if (!off) return rule.count === undefined ? 1 : count(first(texts, rule.count));
  }
  const listed = KEYS.kvHeads.some((key) => Array.isArray(first(texts, key)));
  return listed ? undefined : (firstCount(texts, KEYS.kvHeads) ?? queryHeads);
}

function headless(texts: readonly JsonObject[], field: keyof typeof HEADLESS): boolean {
  return HEADLESS[field].some((key) => first(texts, key) !== undefined);
}

function firstCount(texts: readonly JsonObject[], keys: readonly string[]): number | undefined {
  for (const config of texts) {
    for (const key of keys) {
      const found = count(lookup(config, key.split(".")));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The first value that is not null; dots lead into objects. */
function first(texts: readonly JsonObject[], key: string): Json | undefined {
  for (const config of texts) {
    const value = lookup(config, key.split("."));
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

function share(width: number | undefined, heads: number | undefined): number | undefined {
  if (width === undefined || heads === undefined) return undefined;
  return count(width / heads);
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function dtypeOf(configs: readonly JsonObject[]): string | undefined {
  const word = text(first(configs, "dtype")) ?? text(first(configs, "torch_dtype"));
  return word?.replace(/^torch\./, "");
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function strings(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

function present(geometry: Loose<Required<Geometry>> & Pick<Geometry, "architectures">): Geometry {
  const known = Object.entries(geometry).filter(([, value]) => value !== undefined);
  return { architectures: geometry.architectures, ...Object.fromEntries(known) };
}
