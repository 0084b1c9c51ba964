import { isObject, type JsonObject } from "../../document/json.js";
import type { Site } from "../../scales/site.js";
import { isOneOf, isUnnamed } from "../families.js";
import { TGI_READERS } from "../readers.js";
import type { Readiness } from "../verdict.js";
import { shown } from "../words.js";
import { factorOf } from "./factor.js";
import { type Outcome, refuse, settle } from "./outcome.js";
import { onModule, outcomeOn, unitOutcome, unusedOf } from "./pair.js";
import { countOf } from "./values.js";
import type { Candidate, View } from "./view.js";

/** What TGI does with a checkpoint. Source: TGI layers/attention/kv_cache.py get_kv_scales @db931fc. */
export function judgeTgi(view: View): Readiness {
  const fault = view.filesRefusal ?? configFault(view) ?? platformFault(view);
  if (fault !== undefined) return refuse(view, fault);
  const pairs = new Map(view.sites.map((site) => [site, pairOf(view, site)] as const));
  const used = new Set([...pairs.values()].flatMap((pair) => pair ?? []));
  const misshapen = [...used].find((candidate) => countOf(candidate) !== 1);
  if (misshapen) return refuse(view, shapeFault(misshapen));
  return settle(
    view,
    view.sites.map((site) => outcomeOf(view, site, pairs.get(site))),
    {
      unread: unusedOf(view, used, (candidate) => whyUnused(view, candidate)),
      note: noteOf(used),
      // Nothing that could be written makes TGI double a scale for MI300.
      convertible: reads(view) && view.platform !== "rocm-fnuz",
    },
  );
}

type Pair = readonly [k: Candidate, v: Candidate];

/** A pair wins over kv_scale; half a pair counts as none. */
function pairOf(view: View, site: Site): Pair | undefined {
  if (!reads(view)) return undefined;
  const { k, v, kv } = onModule(view, site);
  if (k && v) return [k, v];
  return kv && [kv, kv];
}

function outcomeOf(view: View, site: Site, pair: Pair | undefined): Outcome {
  return pair === undefined ? unitOutcome(site) : outcomeOn(site, pair[0], pair[1], factorOf(view, false));
}

function reads({ inventory }: View): boolean {
  return (
    isUnnamed(inventory.geometry) || isOneOf(inventory.geometry, TGI_READERS) || !inventory.geometry.modelType
  );
}

function whyUnused(view: View, { role, spelling }: Candidate): string {
  if (!reads(view))
    return `its class for ${shown(view.inventory.geometry.modelType ?? "this model")} reads no scales`;
  if (role === "q" || role === "prob") return "it scales keys and values only";
  if (spelling === "k_scale") return "it reads k_scale and v_scale together or not at all";
  return "it reads k_scale and v_scale, or kv_scale, of the attention module only";
}

function noteOf(used: ReadonlySet<Candidate>): string {
  const rounded = [...used].some(({ role }) => role === "kv");
  return `ask for the FP8 cache with --kv-cache-dtype fp8_e4m3fn${rounded ? " (kv_scale is read through the model's 16-bit type)" : ""}`;
}

function shapeFault({ name, shape }: Candidate): string {
  return `${shown(name)} has shape [${shape.join(", ")}] where a scalar is expected (ValueError)`;
}

function platformFault({ platform }: View): string | undefined {
  return platform === "cpu" ? "an fp8_e4m3fn cache is not supported on CPUs (ValueError)" : undefined;
}

/** Source: TGI layers/compressed_tensors/loader.py, models/__init__.py @db931fc. */
function configFault({ inventory, settings: { block } }: View): string | undefined {
  if (inventory.weights.method !== "compressed-tensors" || block === undefined) return undefined;
  return BLOCK_FAULTS.find(({ holds }) => holds(block))?.fault;
}

const BLOCK_FAULTS: readonly { readonly holds: (block: JsonObject) => boolean; readonly fault: string }[] = [
  {
    holds: (block) => !isObject(block.get("config_groups")),
    fault: "quantization_config has no config_groups, which compressed-tensors requires (ValueError)",
  },
  {
    holds: (block) => !isObject(block.get("kv_cache_scheme") ?? new Map()),
    fault: "kv_cache_scheme is no object (ValueError)",
  },
  {
    holds: (block) => !["compressed", "frozen"].includes(String(block.get("quantization_status"))),
    fault: "quantization_status is neither compressed nor frozen (ValueError)",
  },
  {
    holds: (block) => isEmpty(block.get("config_groups")) && !ignoresLinear(block.get("ignore")),
    fault:
      'quantization_config has no config_groups and does not ignore "Linear", so no linear layer finds a loader',
  },
];

function isEmpty(groups: unknown): boolean {
  return groups instanceof Map && groups.size === 0;
}

function ignoresLinear(ignore: unknown): boolean {
  return Array.isArray(ignore) && ignore.includes("Linear");
}
