import type { Site } from "../../scales/site.js";
import { commandLine, convertCommand, mergeCommand } from "../launch.js";
import type { Effective, Readiness, Unread, Verdict } from "../verdict.js";
import { counted, listed, shellWord, shown } from "../words.js";
import type { Value } from "./values.js";
import type { View } from "./view.js";

/** What one attention layer ends up with. "stored": on both its scales; "unit": on neither. */
export interface Outcome {
  readonly site: Site;
  readonly state: "stored" | "altered" | "unit";
  readonly k?: Value;
  readonly v?: Value;
  readonly note?: string;
}

/** An attention layer at which the engine gives up, and why. */
export interface Stop {
  readonly site: Site;
  readonly stops: string;
}

/** What a judge adds to the outcomes. */
export interface Remarks {
  readonly unread?: readonly Unread[];
  /** Command line; the engine's own where absent. */
  readonly launch?: string;
  /** A clause about every layer that runs on its stored scales. */
  readonly note?: string;
  /** Why an engine uses none of the scales, where names alone do not tell. */
  readonly because?: string;
  /** False where no conversion can help. */
  readonly convertible?: boolean;
  readonly sources?: readonly string[];
}

/** The readiness that follows from what every layer ends up with. */
export function settle(view: View, layers: readonly (Outcome | Stop)[], remarks: Remarks = {}): Readiness {
  const stop = layers.find((layer) => "stops" in layer);
  if (stop) return refuse(view, `${shown(stop.site.path)}: ${stop.stops}`, remarks);
  return started(
    view,
    layers.filter((layer): layer is Outcome => "state" in layer),
    remarks,
  );
}

/** The readiness of an engine that does not start; `why` is a clause. */
export function refuse(
  view: View,
  why: string,
  remarks: Remarks & { remedies?: readonly string[] } = {},
): Readiness {
  return {
    engine: view.engine.id,
    verdict: "refuses",
    reason: `${view.engine.title} ${view.engine.emit.strip ? "stops" : "does not start"}: ${why}.`,
    effective: [],
    unread: [...view.unread, ...(remarks.unread ?? [])],
    launch: undefined,
    remedies: remarks.remedies ?? remediesOf(view, remarks),
    sources: [...(remarks.sources ?? []), ...view.engine.sources],
  };
}

function started(view: View, outcomes: readonly Outcome[], remarks: Remarks): Readiness {
  const verdict = verdictOf(view, outcomes);
  const unread = [...view.unread, ...(remarks.unread ?? [])];
  const ready = verdict === "loads" || verdict === "partial";
  return {
    engine: view.engine.id,
    verdict,
    reason: REASONS[verdict](view, outcomes, { ...remarks, unread }),
    effective: verdict === "ignores" && view.engine.without === "16-bit" ? [] : outcomes.map(effectiveOf),
    unread,
    launch: ready ? (remarks.launch ?? launchOf(view)) : undefined,
    remedies: verdict === "loads" ? [] : remediesOf(view, remarks),
    sources: [...(remarks.sources ?? []), ...view.engine.sources],
  };
}

type Started = Exclude<Verdict, "refuses">;

function verdictOf(view: View, outcomes: readonly Outcome[]): Started {
  if (outcomes.length > 0 && outcomes.every(({ state }) => state === "stored")) return "loads";
  if (outcomes.some(({ state }) => state !== "unit")) return "partial";
  return view.switchedOnBy === undefined ? "ignores" : "unit";
}

type Reason = (view: View, outcomes: readonly Outcome[], remarks: Remarks) => string;

const REASONS: Readonly<Record<Started, Reason>> = {
  loads: ({ engine }, outcomes, { note }) => {
    // What cannot be served with an FP8 cache has scales, but runs nothing on them.
    const [does, on] = engine.launch ? ["runs", "on"] : ["loads", "with"];
    const whose = outcomes.length === 1 ? "its" : "their";
    return `${engine.title} ${does} ${allOf(outcomes)} ${on} ${whose} stored scales${note === undefined ? "" : `; ${note}`}.`;
  },
  partial: ({ engine }, outcomes, remarks) => {
    const other = outcomes.filter(({ state }) => state !== "stored");
    const why = other[0]?.note ?? whyUnread(remarks) ?? "there is no scale for it";
    const some =
      other.length === outcomes.length ? allOf(outcomes) : `${other.length} of ${layers(outcomes)}`;
    return `${engine.title} runs ${some} on other values: ${why}.`;
  },
  unit: ({ engine, switchedOnBy }, outcomes, remarks) => {
    const why = whyUnused(outcomes, remarks) ?? `${switchedOnBy} switches it on, but there are no scales`;
    return `${engine.title} runs its FP8 cache at scale 1.0: ${why}.`;
  },
  ignores: (view, outcomes, remarks) => {
    const why = whyUnused(outcomes, remarks);
    if (why === undefined) return nothingToUse(view);
    const asked = view.engine.without === "unit" ? "; an FP8 cache that is asked for runs at scale 1.0" : "";
    return `${view.engine.title} does not use the scales: ${why}${asked}.`;
  },
};

function nothingToUse({ inventory: { table, config } }: View): string {
  if (table.entries.length === 0 || config !== undefined)
    return "There are no KV-cache scales in this checkpoint.";
  return "These are scales alone, without the model that they belong to.";
}

function whyUnused(outcomes: readonly Outcome[], remarks: Remarks): string | undefined {
  return remarks.because ?? whyUnread(remarks) ?? outcomes.find(({ note }) => note !== undefined)?.note;
}

function whyUnread({ unread = [] }: Remarks): string | undefined {
  const [most] = [...unread].sort((a, b) => b.names.length - a.names.length);
  return most && `${most.reason} (${listed(most.names)})`;
}

function allOf(outcomes: readonly Outcome[]): string {
  return outcomes.length === 1 ? "the one attention layer" : `all ${layers(outcomes)}`;
}

function layers(outcomes: readonly Outcome[]): string {
  return counted(outcomes.length, "attention layer");
}

function effectiveOf({ site, k, v, note }: Outcome): Effective {
  return {
    site: site.path,
    ...(k === undefined ? {} : { k }),
    ...(v === undefined ? {} : { v }),
    ...(note === undefined ? {} : { note }),
  };
}

function launchOf({ engine, inventory }: View): string | undefined {
  return engine.launch && commandLine(engine.launch, inventory.label);
}

function remediesOf({ engine, inventory }: View, { convertible = true }: Remarks): readonly string[] {
  if (!convertible) return [];
  const { table, config, label } = inventory;
  if (table.entries.length === 0) return [mergeCommand(engine, shellWord(label), "FP8_SIBLING")];
  if (config === undefined) return [mergeCommand(engine, "BASE", shellWord(label))];
  return [convertCommand(engine, label)];
}
