import { isObject } from "../../document/json.js";
import { familiesOf, isOneOf } from "../families.js";
import { sglangRemap } from "../names/sglang-remap.js";
import { SGLANG_READERS } from "../readers.js";
import { groupUnread } from "../unread.js";
import type { Unread } from "../verdict.js";
import { shown } from "../words.js";
import { type Fill, isLatent, type Slots, slotsOf } from "./slots.js";
import type { Candidate, View } from "./view.js";

/** Where every scale tensor went; SGLang drops what it cannot place, with a warning. */
export interface SglangRouting {
  readonly fills: readonly Fill[];
  readonly unread: readonly Unread[];
}

/** Follows every scale tensor through SGLang's loader. */
export function routeSglang(view: View): SglangRouting {
  const names = whyNoMethod(view) === undefined ? ["k_scale", "v_scale"] : [];
  const slots = slotsOf(view, (path) => (isLatent(view, path) ? "attn_mqa" : "attn"), names);
  const fates = view.candidates.map((candidate) => [candidate.name, fateOf(view, slots, candidate)] as const);
  return {
    fills: fates.flatMap(([, fate]) => (typeof fate === "string" ? [] : [fate])),
    unread: groupUnread(
      fates.flatMap(([name, fate]) => (typeof fate === "string" ? [[name, fate] as const] : [])),
    ),
  };
}

/** True where the loader, not the checkpoint, is what loses the scales. */
export function isLost({ engine, inventory: { geometry } }: View): boolean {
  return (
    familiesOf(engine.id, geometry).some(({ spellings }) => spellings === undefined) || !isMapped(geometry)
  );
}

function fateOf(view: View, slots: Slots, candidate: Candidate): Fill | string {
  if (candidate.site.kind === "draft") return "draft layers are loaded with the draft model";
  const none = whyNoMethod(view) ?? whyDropped(view, candidate);
  if (none !== undefined) return none;
  const name = isLatent(view, candidate.site.path)
    ? latentName(candidate.name)
    : sglangRemap(candidate.name, slots);
  const slot = name === null ? undefined : slots.at.get(name);
  return slot ? { slot, candidate } : "its name mapping leads to no parameter of the model";
}

/** Source: SGLang models/deepseek_common/deepseek_weight_loader.py @6ed5780. */
function latentName(name: string): string {
  return name.replace(/\.([kv])_proj(?=\.\1_scale$)/, ".attn_mqa");
}

/** Why SGLang makes no scale parameters; undefined where it makes them, and obeys the config. Source: layers/quantization @6ed5780. */
export function whyNoMethod(view: View): string | undefined {
  const { method, word } = view.inventory.weights;
  if (method === "fp8" || method === "quark") return undefined;
  if (method === "modelopt") return whyNoModelopt(view);
  if (method === "compressed-tensors") return whyNoScheme(view);
  return `it has no KV-cache method for ${method === "none" ? "unquantised" : shown(word ?? method)} weights`;
}

function whyNoModelopt({ inventory }: View): string | undefined {
  const declared = inventory.declarations.some(
    ({ dialect, cache }) => dialect.startsWith("modelopt") && cache !== "none",
  );
  return declared ? undefined : "the config names no kv_cache_quant_algo";
}

function whyNoScheme({ engine, settings }: View): string | undefined {
  if (engine.id === "sglang-legacy") return "it has no KV-cache method for compressed-tensors";
  const scheme = settings.block?.get("kv_cache_scheme");
  const plain = isObject(scheme) && PLAIN.every(([key, value]) => (scheme.get(key) ?? false) === value);
  return plain ? undefined : "it takes static symmetric per-tensor schemes of 8-bit floats only";
}

/** Source: https://github.com/sgl-project/sglang/pull/35455. */
const PLAIN = [
  ["type", "float"],
  ["num_bits", 8],
  ["strategy", "tensor"],
  ["symmetric", true],
  ["dynamic", false],
] as const;

function whyDropped({ engine, inventory: { geometry } }: View, { spelling }: Candidate): string | undefined {
  const family = familiesOf(engine.id, geometry).find(
    ({ spellings }) => spellings?.includes(spelling) ?? true,
  );
  if (family) return family.why;
  if (isMapped(geometry)) return undefined;
  return `its loader of ${shown(geometry.architectures[0] ?? "")} does not map the names of scales`;
}

function isMapped(geometry: View["inventory"]["geometry"]): boolean {
  return geometry.architectures.length === 0 || isOneOf(geometry, SGLANG_READERS);
}
