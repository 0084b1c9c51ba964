import type { Site } from "../../scales/site.js";
import { groupUnread } from "../unread.js";
import type { Unread } from "../verdict.js";
import { type Factor, scaled } from "./factor.js";
import type { Outcome } from "./outcome.js";
import { badNumber, numbersIn } from "./values.js";
import type { Candidate, View } from "./view.js";

/** The scale tensors that stand directly on an attention module, by their own names. */
export interface OnModule {
  readonly k: Candidate | undefined;
  readonly v: Candidate | undefined;
  readonly q: Candidate | undefined;
  readonly kv: Candidate | undefined;
}

/** Looks the four names up for one layer. */
export function onModule({ byName }: View, { path }: Site): OnModule {
  const at = (name: string) => byName.get(`${path}.${name}`);
  return { k: at("k_scale"), v: at("v_scale"), q: at("q_scale"), kv: at("kv_scale") };
}

/** The layer on these two tensors (one and the same for kv_scale), unchecked, times the engine's factor. */
export function outcomeOn(site: Site, k: Candidate, v: Candidate, { by, note }: Factor): Outcome {
  const numbers = [scaled(numbersIn(k), by), scaled(numbersIn(v), by)] as const;
  const told = badNumber(...numbers) ?? note;
  const values = {
    ...(numbers[0] === undefined ? {} : { k: numbers[0] }),
    ...(numbers[1] === undefined ? {} : { v: numbers[1] }),
  };
  if (told !== undefined) return { site, state: "altered", ...values, note: told };
  return { site, state: "stored", ...values };
}

/** The layer at 1.0. */
export function unitOutcome(site: Site): Outcome {
  return { site, state: "unit", k: 1, v: 1 };
}

/** The scale tensors that were not used, with the reason that `why` gives for each. */
export function unusedOf(
  { candidates }: View,
  used: ReadonlySet<Candidate>,
  why: (candidate: Candidate) => string,
): Unread[] {
  return groupUnread(candidates.filter((one) => !used.has(one)).map((one) => [one.name, why(one)] as const));
}
