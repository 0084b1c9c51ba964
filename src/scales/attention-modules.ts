import { compareSites, type Site, shownSite, siteOf } from "./site.js";

/**
 * The attention modules that weight names show, in table order: those that own a key projection, alone
 * or fused. Recurrent mixers, linear attention and sparse-attention indexers keep no K/V and do not count.
 */
export function sitesOfWeights(names: Iterable<string>): Site[] {
  const owners = new Set<string>();
  const recurrent = new Set<string>();
  const drafts = new Set<string>();
  for (const name of names) {
    const owner = ownerOf(name);
    if (owner !== undefined) owners.add(owner);
    const part = RECURRENT.exec(name)?.[1];
    if (part !== undefined) recurrent.add(part);
    const layer = DRAFT_LAYER.exec(name)?.[1];
    if (layer !== undefined) drafts.add(layer);
  }
  const sites = [...owners].filter((path) => !recurrent.has(path)).flatMap((path) => shownSite(path) ?? []);
  return sites.map((site) => asDraft(site, drafts)).sort(compareSites);
}

/** Projections that produce keys, alone or fused with others, whatever their module is called. */
const KEY_PROJECTIONS = new Set([
  "k_proj", // Llama and most others
  "qkv_proj", // Phi-3, MiniMax
  "query_key_value", // GPT-NeoX, Falcon, Bloom, ChatGLM
  "language_expert_query_key_value", // CogVLM
  "Wqkv", // MPT, DBRX, Phi-1
  "c_attn", // GPT-2, BigCode, Qwen 1
  "kv_attn", // SantaCoder
  "W_pack", // Baichuan
  "wqkv", // InternLM 2
  "kv_a_proj_with_mqa", // multi-head latent attention
  "fused_qkv_a_proj_with_mqa",
  "kv_b_proj",
  "wkv_a_with_mqa", // Mistral Large 3
]);

/** The same, with words so short that they count only in a module that is called attention. */
const SHORT_KEY_PROJECTIONS = new Set([
  "wk", // Mistral consolidated
  "wkv_a", // DeepSeek's own format
  "wkv_b",
  "qkv", // TensorRT-LLM, vision transformers
  "kv_proj",
  "linear_k", // Phi-4 audio
  "key", // BERT and its kin
  "k", // T5
  "in_proj_weight", // torch.nn.MultiheadAttention; the name of a tensor, not of a module
]);

/** A weight's own name below its projection, whichever way the weight is quantised. */
const WEIGHT = /\.(?:base_layer\.|linear\.)?(?:weight|weight_packed|qweight|in_proj_weight)$/;

function ownerOf(name: string): string | undefined {
  const weight = WEIGHT.exec(name);
  if (weight === null) return undefined;
  const whole = weight[0] === ".in_proj_weight" ? name : name.slice(0, weight.index);
  const dot = whole.lastIndexOf(".");
  const owner = whole.slice(0, Math.max(dot, 0));
  const projection = whole.slice(dot + 1);
  if (KEY_PROJECTIONS.has(projection)) return owner;
  return SHORT_KEY_PROJECTIONS.has(projection) && siteOf(owner) !== undefined ? owner : undefined;
}

/** Parameters that only recurrent and linear attention have (Kimi Delta, MiniMax, Ring, RWKV). */
const RECURRENT =
  /^(.*)\.(?:A_log|dt_bias|conv1d\.weight|[qk]_conv1d\.weight|time_decay|output_gate\.weight|g_norm\.weight)$/;

/** Multi-token-prediction layers that continue the decoder's numbering (DeepSeek-V3, GLM-4.5). */
const DRAFT_LAYER = /^(.*\.\d+)\.(?:eh_proj\.weight|shared_head\.norm\.weight|enorm\.weight|hnorm\.weight)$/;

function asDraft(site: Site, drafts: ReadonlySet<string>): Site {
  const draft = site.kind === "decoder" && [...drafts].some((layer) => site.path.startsWith(`${layer}.`));
  return draft ? { ...site, kind: "draft" } : site;
}
