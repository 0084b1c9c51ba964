import { isObject } from "../../document/json.js";
import { stripCommand } from "../launch.js";
import type { Readiness } from "../verdict.js";
import { shown } from "../words.js";
import { refuse, settle } from "./outcome.js";
import { unitOutcome, unusedOf } from "./pair.js";
import type { View } from "./view.js";

/** What llama.cpp's converter does: it maps no scale, and skips two names of ModelOpt. */
export function judgeLlamaCpp(view: View): Readiness {
  const skips = view.inventory.weights.method === "modelopt";
  const unmapped = view.candidates.find(({ name }) => !(skips && SKIPPED.test(name)));
  const fault = unmapped ? `it cannot map the tensor ${shown(unmapped.name)} (ValueError)` : blockFault(view);
  if (fault !== undefined) return refuse(view, fault, { remedies: [stripCommand(view.inventory.label)] });
  const outcomes = view.sites.map(unitOutcome);
  const because = "GGUF has no place for them, and they are skipped in a modelopt checkpoint";
  const report = settle(view, outcomes, {
    unread: unusedOf(view, new Set(), () => because),
    convertible: false,
  });
  return view.candidates.length > 0 ? report : { ...report, reason: NOTHING };
}

const NOTHING = "There is nothing here that llama.cpp's converter would stop at.";

const SKIPPED = /\.[kv]_scale$/;

function blockFault({ inventory, settings: { block } }: View): string | undefined {
  if (inventory.weights.method !== "compressed-tensors") return undefined;
  const groups = block?.get("config_groups");
  const empty = !isObject(groups) || groups.size === 0;
  return empty ? "it takes the first of config_groups, and there is none (IndexError)" : undefined;
}
