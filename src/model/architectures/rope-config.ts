import type { Rope } from "../rope.js";
import type { Fields } from "./fields.js";

/** What a rotation's parameters are read with. */
export interface RopeDefaults {
  readonly theta: number;
  readonly headSize: number;
}

/**
 * The rotation of a config, or of one kind of its layers: transformers 5 has `rope_parameters` (by kind of layer
 * where they differ), transformers 4 has `rope_theta` and `rope_scaling`. Throws a data Refusal for a kind of
 * rotation that is not known. Source: transformers `modeling_rope_utils.py` @ef46806.
 */
export function ropeOf(config: Fields, defaults: RopeDefaults, layerType?: string): Rope {
  const all = config.below("rope_parameters");
  const parameters =
    (layerType === undefined ? undefined : all?.below(layerType)) ?? all ?? config.below("rope_scaling");
  const theta = parameters?.has("rope_theta")
    ? parameters.number("rope_theta")
    : config.number("rope_theta", defaults.theta);
  const partial = (parameters?.has("partial_rotary_factor") ? parameters : config).number(
    "partial_rotary_factor",
    1,
  );
  const rotation = { theta, features: Math.floor(defaults.headSize * partial) };
  if (rotation.features % 2 !== 0)
    throw config.wrong("partial_rotary_factor", "an even number of rotary features");
  if (parameters === undefined) return { ...rotation, kind: "default" };
  const kind = parameters.text("rope_type", parameters.text("type", "default"));
  const read = KINDS.get(kind);
  if (read !== undefined) {
    refuseUnknownKeys(kind, parameters);
    return { ...rotation, ...read(parameters, config, rotation.features) } as Rope;
  }
  throw parameters.wrong(
    "rope_type",
    `one of ${[...KINDS.keys()].join(", ")}`,
    "This kind of rotation is not known.",
  );
}

/** The parameters of a kind, without those that every kind has. */
type Kind = { readonly kind: Rope["kind"] };

/** "su" is what Phi-3's first configs call LongRoPE. */
type ReadKind = (parameters: Fields, config: Fields, features: number) => Kind;

const KINDS: ReadonlyMap<string, ReadKind> = new Map<string, ReadKind>([
  ["default", () => ({ kind: "default" })],
  ["linear", (parameters) => ({ kind: "linear", factor: parameters.number("factor") })],
  ["dynamic", dynamic],
  ["llama3", llama3],
  ["yarn", yarn],
  ["longrope", longrope],
  ["su", longrope],
]);

/** Keys of each kind; the trained length is there without effect on two of them. */
const TRAINED = "original_max_position_embeddings";
const LONGROPE = ["factor", TRAINED, "attention_factor", "short_factor", "long_factor"];
const KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["default", []],
  ["linear", ["factor", TRAINED]],
  ["dynamic", ["factor", TRAINED]],
  ["llama3", ["factor", TRAINED, "low_freq_factor", "high_freq_factor"]],
  [
    "yarn",
    ["factor", TRAINED, "attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim", "truncate"],
  ],
  ["longrope", LONGROPE],
  ["su", LONGROPE],
]);
const OF_ANY_KIND = ["rope_type", "type", "rope_theta", "partial_rotary_factor", "finetuned"];

function refuseUnknownKeys(kind: string, parameters: Fields): void {
  const known = new Set([...OF_ANY_KIND, ...KEYS.get(kind)!]);
  const foreign = [...parameters.object.keys()].find((key) => !known.has(key) && parameters.has(key));
  if (foreign === undefined) return;
  throw parameters.wrong(
    foreign,
    `nothing, since a rotation of type ${kind} is known with ${[...known].join(", ")} only,`,
    "This kind of rotation is not known.",
  );
}

function dynamic(parameters: Fields, config: Fields) {
  return {
    kind: "dynamic" as const,
    factor: parameters.number("factor"),
    trained: config.count("max_position_embeddings"),
  };
}

function llama3(parameters: Fields, config: Fields) {
  return {
    kind: "llama3" as const,
    factor: parameters.number("factor"),
    lowFrequencyFactor: parameters.number("low_freq_factor"),
    highFrequencyFactor: parameters.number("high_freq_factor"),
    trained: trainedLength(parameters, config),
  };
}

function yarn(parameters: Fields, config: Fields) {
  const trained = trainedLength(parameters, config);
  const factor = parameters.number("factor", config.number("max_position_embeddings", trained) / trained);
  return {
    kind: "yarn" as const,
    factor,
    trained,
    attentionFactor: parameters.number("attention_factor", yarnAttention(parameters, factor)),
    betaFast: parameters.number("beta_fast", 32),
    betaSlow: parameters.number("beta_slow", 1),
    truncate: parameters.flag("truncate", true),
  };
}

/** Zero counts as not given, as Python reads it. */
function yarnAttention(parameters: Fields, factor: number): number {
  const [scale, allDim] = [parameters.number("mscale", 0), parameters.number("mscale_all_dim", 0)];
  const magnitude = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return scale !== 0 && allDim !== 0 ? magnitude(scale) / magnitude(allDim) : magnitude(1);
}

/** Where the trained length is a field of the config itself, it alone decides the factor. */
function longrope(parameters: Fields, config: Fields, features: number) {
  const trained = trainedLength(parameters, config);
  const [shortFactors, longFactors] = [parameters.numbers("short_factor"), parameters.numbers("long_factor")];
  for (const [key, list] of [
    ["short_factor", shortFactors],
    ["long_factor", longFactors],
  ] as const) {
    if (list.length !== features / 2) throw parameters.wrong(key, `${features / 2} numbers`);
  }
  const stretch = config.number("max_position_embeddings", trained) / trained;
  const factor = config.has("original_max_position_embeddings")
    ? stretch
    : parameters.number("factor", stretch);
  const natural = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained));
  return {
    kind: "longrope" as const,
    trained,
    attentionFactor: parameters.number("attention_factor", natural),
    shortFactors,
    longFactors,
  };
}

function trainedLength(parameters: Fields, config: Fields): number {
  const key = "original_max_position_embeddings";
  if (config.has(key)) return config.count(key);
  return parameters.has(key) ? parameters.count(key) : config.count("max_position_embeddings");
}
