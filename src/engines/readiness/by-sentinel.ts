import type { Site } from "../../scales/site.js";
import { factorOf } from "./factor.js";
import type { Outcome, Stop } from "./outcome.js";
import { type Edition, settleBySentinel } from "./sentinel.js";
import { type Filled, fillOf } from "./slots.js";
import { badNumber, numbersIn } from "./values.js";
import type { Candidate, View } from "./view.js";

/** What a layer runs with by the sentinel rule, doubled where the engine doubles. */
export function bySentinel(
  view: View,
  filled: Filled,
  site: Site,
  edition: Edition = "negative-is-absent",
): Outcome | Stop {
  const k = fillOf(filled, site, "k_scale");
  const loaded = { ...loadedAs("k", k), ...loadedAs("v", fillOf(filled, site, "v_scale")) };
  const settled = settleBySentinel(loaded, k?.role === "kv", edition);
  if ("stops" in settled) return { site, stops: settled.stops };
  if (settled.state === "unit") return { site, ...settled };
  const { by, note } = factorOf(view, true);
  const told = settled.note ?? badNumber(settled.k, settled.v) ?? note;
  const values = { site, k: settled.k * by, v: settled.v * by };
  if (told === undefined) return { ...values, state: "stored" };
  return { ...values, state: "altered", note: told };
}

function loadedAs(
  name: "k" | "v",
  candidate: Candidate | undefined,
): { readonly k?: number; readonly v?: number } {
  const value = numbersIn(candidate);
  return typeof value === "number" ? { [name]: value } : {};
}
