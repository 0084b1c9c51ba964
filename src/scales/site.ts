/** What a scale multiplies: keys, values, queries, softmax probabilities, or keys and values together. */
export type Role = "k" | "v" | "q" | "prob" | "kv";

/**
 * Which stack of layers an attention module belongs to. Layer 3 of an encoder and layer 3 of a decoder
 * are different sites; only "decoder", "cross" and "draft" keep a key/value cache.
 */
export type SiteKind = "decoder" | "cross" | "draft" | "encoder" | "vision";

/** One attention module of a checkpoint. `path` is its dotted name, such as `model.layers.7.self_attn`. */
export interface Site {
  readonly path: string;
  /** Index within its stack, from 0; the last purely decimal component of the path (T5: of `block.N`). */
  readonly layer: number;
  readonly kind: SiteKind;
}

/**
 * The attention module that `path` names, by its words alone; undefined for anything else, such as a
 * projection, an expert, or the inner `attn` that serving engines add below the module.
 */
export function siteOf(path: string): Site | undefined {
  const place = placeOf(path);
  return place !== undefined && isAttention(place.tail) ? place.site : undefined;
}

/** The site that `path` names when weights have shown that it is an attention module, whatever its words. */
export function shownSite(path: string): Site | undefined {
  return placeOf(path)?.site;
}

/** True for the stacks that keep keys and values between steps, and so have a use for KV scales. */
export function keepsCache(site: Site): boolean {
  return site.kind === "decoder" || site.kind === "cross" || site.kind === "draft";
}

/** The order of sites in tables and lists: kind (decoder first), layer, path. */
export function compareSites(a: Site, b: Site): number {
  return KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.layer - b.layer || compareText(a.path, b.path);
}

/** All kinds, in table order. */
export const KINDS: readonly SiteKind[] = ["decoder", "cross", "draft", "encoder", "vision"];

/**
 * Words before the layer index that tell the stack; the first row that matches wins. ChatGLM calls its
 * only stack, a decoder, `transformer.encoder`.
 */
const STACKS: readonly (readonly [SiteKind, RegExp])[] = [
  [
    "vision",
    /(?:^|\.)(?:vision|visual|vit|image|img|qformer|resampler|perceiver|connector|multi_modal_projector|vpm|dit)(?:_\w+|\d*)(?:\.|$)/i,
  ],
  ["encoder", /(?:^|\.)(?:audio|speech|sound|apm|code2wav|token2wav)(?:_\w+)?(?:\.|$)/],
  ["draft", /(?:^|\.)(?:mtp|nextn|draft|eagle|medusa)(?:_\w+)?(?:\.|$)/],
  ["decoder", /^transformer\.encoder\.layers$/],
  ["decoder", /(?:^|\.)decoder(?:\.|$)/],
  ["encoder", /(?:^|\.)encoders?(?:\.|$)/],
];

const CROSS = /(?:^|\.)(?:encoder_attn|cross_?attn|cross_?attention|EncDecAttention)/i;

/** Two-word modules whose second word would otherwise be taken for an engine's inner module. */
const PAIRED = /(?:^|\.)(?:attn\.attention|(?:cross)?attention\.(?:self|attention))$/;
const ATTENTION = /(?:^|\.)(?:\w*(?:attn|attention)|mixer|temporal_block)(?=\.|$)/gi;
const LAST_ATTENTION = /(?:^|\.)(?:\w*(?:attn|attention)|mixer|temporal_block)$/i;
/** Not softmax attention over a cache, or only a part of a module. */
const NEVER = /(?:^|\.)(?:linear_attn|lightning_attn|mla_attn|indexer)(?:\.|$)/;

/** Draft modules without a list of layers: DeepSeek's as ModelOpt exports it, EAGLE-3's `midlayer`. */
const BARE_DRAFT = /^(?:model\.decoder|(?:model\.)?(?:mtp(?:_\w+)?|midlayer))\.self_attn$/;

/** The site that a path would be, and the words of its module; undefined where no layer can be told. */
function placeOf(path: string): { site: Site; tail: string } | undefined {
  if (BARE_DRAFT.test(path)) return { site: { path, layer: 0, kind: "draft" }, tail: "self_attn" };
  const words = path.split(".");
  const at = layerWord(words);
  if (at === undefined || words.includes("")) return undefined;
  const tail = words.slice(at.tail).join(".");
  if (tail === "" || NEVER.test(tail)) return undefined;
  const kind = kindOf(words.slice(0, at.index).join("."), tail);
  return { site: { path, layer: Number(words[at.index]), kind }, tail };
}

function isAttention(tail: string): boolean {
  if (PAIRED.test(tail)) return true;
  return LAST_ATTENTION.test(tail) && tail.match(ATTENTION)?.length === 1;
}

function kindOf(stack: string, tail: string): SiteKind {
  const named = STACKS.find(([, words]) => words.test(stack))?.[0] ?? "decoder";
  return named === "decoder" && CROSS.test(tail) ? "cross" : named;
}

/** Where the layer's index stands and where the module's words begin. T5 counts modules below `block.N`. */
function layerWord(words: readonly string[]): { index: number; tail: number } | undefined {
  const last = words.findLastIndex((word) => DECIMAL.test(word));
  if (last < 0) return undefined;
  const nested = words[last - 1] === "layer" && words[last - 3] === "block" && DECIMAL.test(words[last - 2]!);
  return { index: nested ? last - 2 : last, tail: last + 1 };
}

const DECIMAL = /^(?:0|[1-9]\d{0,6})$/;

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
