import type { Site } from "../../scales/site.js";
import { isOneOf, isUnnamed } from "../families.js";
import { LORAX_READERS } from "../readers.js";
import type { Readiness } from "../verdict.js";
import { shown } from "../words.js";
import { factorOf } from "./factor.js";
import { type Outcome, refuse, type Stop, settle } from "./outcome.js";
import { onModule, outcomeOn, unitOutcome, unusedOf } from "./pair.js";
import { countOf } from "./values.js";
import type { Candidate, View } from "./view.js";

/** What LoRAX does under `--quantize fp8-kv`. Source: models/custom_modeling/flash_llama_modeling.py @a7394ba. */
export function judgeLorax(view: View): Readiness {
  if (view.filesRefusal !== undefined) return refuse(view, view.filesRefusal);
  const unused = whyUnused(view);
  if (unused !== undefined) return withoutScales(view, unused);
  const used = new Set(view.sites.flatMap((site) => pairOf(view, site)));
  return settle(
    view,
    view.sites.map((site) => outcomeOf(view, site)),
    {
      unread: unusedOf(view, used, () => "it reads k_scale and v_scale of the attention module only"),
      note: "the FP8 cache comes with --quantize fp8-kv",
    },
  );
}

/** Source: layers/fp8.py and utils/weights.py @a7394ba: under fp8-kv every linear layer wants its weight_scale. */
function whyUnused({ inventory: { geometry, weights } }: View): string | undefined {
  if (!isUnnamed(geometry) && !isOneOf(geometry, LORAX_READERS))
    return "it has no fp8-kv branch for this model";
  if (!weights.kvOnly && weights.method !== "none") return undefined;
  return "its FP8 cache comes with FP8 weights only (--quantize fp8-kv), and these are 16-bit";
}

function withoutScales(view: View, because: string): Readiness {
  return settle(view, view.sites.map(unitOutcome), {
    unread: unusedOf(view, new Set(), () => because),
    ...(view.candidates.length > 0 ? { because } : {}),
    convertible: false,
  });
}

function pairOf(view: View, site: Site): Candidate[] {
  const { k, v } = onModule(view, site);
  return [k, v].flatMap((candidate) => candidate ?? []);
}

function outcomeOf(view: View, site: Site): Outcome | Stop {
  const { k, v } = onModule(view, site);
  if (!k || !v) return { site, stops: `${k ? "v_scale" : "k_scale"} is missing, and there is no fallback` };
  const long = [k, v].find((candidate) => countOf(candidate) !== 1);
  if (long)
    return {
      site,
      stops: `${shown(long.name)} has shape [${long.shape.join(", ")}] where one number is expected`,
    };
  return outcomeOn(site, k, v, factorOf(view, false));
}
