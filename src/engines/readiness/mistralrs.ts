import type { Site } from "../../scales/site.js";
import { isOneOf, isUnnamed } from "../families.js";
import { MISTRALRS_READERS } from "../readers.js";
import type { Readiness } from "../verdict.js";
import { shown } from "../words.js";
import { factorOf } from "./factor.js";
import { type Outcome, type Stop, settle } from "./outcome.js";
import { onModule, outcomeOn, unitOutcome, unusedOf } from "./pair.js";
import { countOf } from "./values.js";
import type { Candidate, View } from "./view.js";

/** What mistral.rs does. Source: mistralrs-core/src/paged_attention/scales.rs @9e92262. */
export function judgeMistralrs(view: View): Readiness {
  if (!reads(view)) return unreadModel(view);
  const used = new Set(view.sites.flatMap((site) => held(view, site)));
  return settle(
    view,
    view.sites.map((site) => outcomeOf(view, site)),
    {
      unread: unusedOf(
        view,
        used,
        () => "it reads k_scale, v_scale and q_scale, or kv_scale, of the attention module only",
      ),
      note: "ask for the FP8 cache with --pa-cache-type f8e4m3",
    },
  );
}

function reads({ inventory: { geometry } }: View): boolean {
  return isUnnamed(geometry) || isOneOf(geometry, MISTRALRS_READERS);
}

function unreadModel(view: View): Readiness {
  const why = "it loads scales for Qwen3.5 models only";
  return settle(view, view.sites.map(unitOutcome), {
    unread: unusedOf(view, new Set(), () => why),
    convertible: false,
  });
}

function held(view: View, site: Site): Candidate[] {
  return Object.values(onModule(view, site)).filter((candidate) => candidate !== undefined);
}

function outcomeOf(view: View, site: Site): Outcome | Stop {
  const { k, v, q, kv } = onModule(view, site);
  const fault = [k, v, q, kv].flatMap((candidate) => faultOf(candidate) ?? [])[0];
  if (fault !== undefined) return { site, stops: fault };
  if (k && v && !kv) return outcomeOn(site, k, v, factorOf(view, false));
  if (kv && !k && !v && !q) return outcomeOn(site, kv, kv, factorOf(view, false));
  if (!k && !v && !q && !kv) return unitOutcome(site);
  return {
    site,
    stops: "k_scale and v_scale (with or without q_scale), or kv_scale alone, are expected together",
  };
}

function faultOf(candidate: Candidate | undefined): string | undefined {
  if (candidate === undefined) return undefined;
  const { name, shape, scale } = candidate;
  if (countOf(candidate) !== 1)
    return `${shown(name)} has shape [${shape.join(", ")}] where a scalar is expected`;
  const bad = scale?.values.find((value) => !(Number.isFinite(value) && value > 0));
  return bad === undefined
    ? undefined
    : `${shown(name)} is ${bad} where a finite positive number is expected`;
}
