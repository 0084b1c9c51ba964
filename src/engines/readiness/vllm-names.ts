import { familiesOf, isOneOf } from "../families.js";
import { vllmMapper } from "../names/vllm-mapper.js";
import { vllmRemap } from "../names/vllm-remap.js";
import { VLLM_FORGIVING } from "../readers.js";
import { groupUnread } from "../unread.js";
import type { Unread } from "../verdict.js";
import { shown } from "../words.js";
import type { Fill, Slots } from "./slots.js";
import type { Candidate, View } from "./view.js";
import type { Method } from "./vllm-method.js";

/** Where every scale tensor went, and the one that stops the loader, where one does. */
export interface Routing {
  readonly fills: readonly Fill[];
  readonly unread: readonly Unread[];
  readonly stops?: string;
}

type Fate = { readonly fill: Fill } | { readonly dropped: string } | { readonly stops: string };

/** Follows every scale tensor through vLLM's loader of this edition. */
export function route(view: View, method: Method, slots: Slots): Routing {
  const fates = view.candidates.map(
    (candidate) => [candidate, fateOf(view, method, slots, candidate)] as const,
  );
  const stopped = fates.flatMap(([, fate]) => ("stops" in fate ? [fate.stops] : []))[0];
  return {
    fills: fates.flatMap(([, fate]) => ("fill" in fate ? [fate.fill] : [])),
    unread: groupUnread(
      fates.flatMap(([{ name }, fate]) => ("dropped" in fate ? [[name, fate.dropped] as const] : [])),
    ),
    ...(stopped === undefined ? {} : { stops: stopped }),
  };
}

function fateOf(view: View, method: Method, slots: Slots, candidate: Candidate): Fate {
  if (candidate.site.kind === "draft") return { dropped: "draft layers are loaded with the draft model" };
  const lost = familiesOf(view.engine.id, view.inventory.geometry).find(
    ({ effect, spellings }) => effect === "drops" && (spellings?.includes(candidate.spelling) ?? true),
  );
  if (lost) return { dropped: lost.why };
  const renamed = { ...candidate, name: fromMistral(view, candidate.name) };
  return view.engine.id === "vllm"
    ? current(view, method, slots, renamed)
    : legacy(view, method, slots, renamed);
}

/** Source: vLLM models/utils.py AutoWeightsLoader and quantization/base_config.py @017e9f4. */
function current(view: View, method: Method, slots: Slots, candidate: Candidate): Fate {
  const mapped = method.kind === "unquantised" ? candidate.name : vllmMapper(candidate.name, method.mapper);
  const forgiving = isOneOf(view.inventory.geometry, VLLM_FORGIVING);
  const name = forgiving ? vllmRemap(mapped, slots) : mapped;
  if (name === null) return { dropped: noParameter(view, method) };
  const slot = slots.at.get(name);
  if (slot) return { fill: { slot, candidate } };
  if (method.kind !== "unquantised" && IGNORED.test(name)) return { dropped: noParameter(view, method) };
  return { stops: `there is no module or parameter named ${shown(name)} (ValueError)` };
}

/** Source: vLLM models/llama.py load_weights @62215e7^: Quark's names first, then the mapping. */
function legacy(view: View, method: Method, slots: Slots, candidate: Candidate): Fate {
  const quark = method.mapper === "base" ? candidate.name : vllmMapper(candidate.name, method.mapper);
  const name = OUTPUT.test(candidate.name) ? quark : vllmRemap(candidate.name, slots, "legacy");
  if (name === null) return { dropped: noParameter(view, method) };
  const slot = slots.at.get(name);
  return slot
    ? { fill: { slot, candidate } }
    : { stops: `there is no parameter named ${shown(name)} (KeyError)` };
}

function noParameter({ inventory }: View, { kind }: Method): string {
  if (kind === "sentinel" || kind === "compressed-tensors") return "the model has no parameter for it";
  const weights =
    kind === "none" ? `${shown(inventory.weights.word ?? inventory.weights.method)}` : "unquantised";
  return `it has no KV-cache method for ${weights} weights`;
}

const IGNORED = /\.[qkv]_(?:scale|zero_point)$/;
const OUTPUT = /_output_scale$|\.output_scale$/;

/** Source: vLLM models/mistral.py mistral_mapping @017e9f4; applied by the Mistral class to every name. */
function fromMistral({ inventory }: View, name: string): string {
  if (!inventory.geometry.architectures.every((word) => word.startsWith("Mistral"))) return name;
  return name
    .replace(/\.(k|v|kv)_fake_quantizer\.qscale_act$/, ".$1_scale")
    .replace(/\.q_fake_quantizer\.qscale_act$/, ".attn.q_scale");
}
