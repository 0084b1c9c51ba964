import { isObject } from "../../document/json.js";
import type { Site } from "../../scales/site.js";
import type { Readiness } from "../verdict.js";
import { type Outcome, settle } from "./outcome.js";
import { onModule, outcomeOn, unitOutcome, unusedOf } from "./pair.js";
import type { Candidate, View } from "./view.js";

/** What transformers does: only compressed-tensors makes parameters for scales, everything else is unexpected. */
export function judgeTransformers(view: View): Readiness {
  return makesParameters(view) ? intoParameters(view) : unexpected(view);
}

function makesParameters({ inventory, settings }: View): boolean {
  return (
    inventory.weights.method === "compressed-tensors" && isObject(settings.block?.get("kv_cache_scheme"))
  );
}

function intoParameters(view: View): Readiness {
  const used = new Set(view.sites.flatMap((site) => modules(view, site)));
  return settle(
    view,
    view.sites.map((site) => outcomeOf(view, site)),
    {
      unread: unusedOf(
        view,
        used,
        () => "the model has no parameter of that name, so it is an unexpected key",
      ),
      note: "they become parameters of its 16-bit type, rounded on load, and its cache stays 16-bit",
    },
  );
}

function modules(view: View, site: Site): Candidate[] {
  const { k, v, q } = onModule(view, site);
  return [k, v, q].flatMap((candidate) => candidate ?? []);
}

/** Seen with transformers 5.18: scale parameters without a tensor are uninitialised memory, not 1.0. */
function outcomeOf(view: View, site: Site): Outcome {
  const { k, v } = onModule(view, site);
  if (k && v) return outcomeOn(site, k, v, { by: 1 });
  const note =
    k || v
      ? `${k ? "v_scale" : "k_scale"} is not read, so that parameter stays uninitialised memory`
      : "k_scale and v_scale are not read, so those parameters stay uninitialised memory";
  return { site, state: "altered", note };
}

/** Weights that another quantiser declared keep its block, where a kv_cache_scheme has no place. */
function takesScheme({ inventory }: View): boolean {
  const { method, kvOnly } = inventory.weights;
  return method === "none" || method === "compressed-tensors" || kvOnly;
}

function unexpected(view: View): Readiness {
  const why = "without a compressed-tensors kv_cache_scheme scales are unexpected keys";
  return settle(view, view.sites.map(unitOutcome), {
    unread: unusedOf(view, new Set(), () => why),
    ...(view.candidates.length > 0 ? { because: `${why}, and lost by save_pretrained` } : {}),
    convertible: takesScheme(view),
  });
}
