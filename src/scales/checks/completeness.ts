import type { Finding } from "../../finding.js";
import { keepsCache, type Site } from "../site.js";
import { bySite, type Entry, type ScaleTable } from "../table.js";
import { about, CALIBRATE, cells, count, places } from "./wording.js";

/** What the checkpoint besides its scales tells the checks; unknown facts are not checked. */
export interface CheckFacts {
  /** Attention modules by the weights' names; empty for files without weights. */
  readonly sites: readonly Site[];
  /** `num_key_value_heads`. */
  readonly kvHeads?: number;
}

/** Findings about scales that are missing, too many, or not as many as the model has heads. */
export function checkCompleteness(table: ScaleTable, facts: CheckFacts): Finding[] {
  if (table.entries.length === 0) return [];
  const sites = [...bySite(table).values()];
  return [
    ...halfPairs(sites),
    ...kvBesidePair(sites),
    ...missing(table, facts.sites),
    ...surplus(table, facts.sites),
    ...headCounts(table, facts.kvHeads),
  ];
}

function has(entries: readonly Entry[], role: Entry["role"]): boolean {
  return entries.some((entry) => entry.role === role);
}

function halfPairs(sites: readonly (readonly Entry[])[]): Finding[] {
  const halves = sites
    .filter((entries) => !has(entries, "kv") && has(entries, "k") !== has(entries, "v"))
    .flat();
  const present = halves.filter(({ role }) => role === "k" || role === "v");
  if (present.length === 0) return [];
  const said = {
    code: "half-pair",
    severity: "error",
    message: `${count(present.length, "site")} with only half of a pair: ${cells(present)}`,
    remedy: `Engines ignore half a pair, or stop at load; ${CALIBRATE}.`,
  } as const;
  return [about(present, said)];
}

function kvBesidePair(sites: readonly (readonly Entry[])[]): Finding[] {
  const both = sites
    .filter((entries) => has(entries, "kv") && (has(entries, "k") || has(entries, "v")))
    .flat();
  if (both.length === 0) return [];
  const said = {
    code: "kv-beside-pair",
    severity: "warning",
    message: `One scale for keys and values stands beside separate ones: ${cells(both)}; engines differ in which they use`,
    remedy:
      "Quantise again, or remove the stale tensors with the tool that wrote them: kvscale does not choose between them.",
  } as const;
  return [about(both, said)];
}

function missing(table: ScaleTable, sites: readonly Site[]): Finding[] {
  const scaled = new Set(
    table.entries.filter(({ role }) => role !== "q" && role !== "prob").map(({ site }) => site.path),
  );
  const without = sites.filter((site) => keepsCache(site) && !scaled.has(site.path));
  const [draft, main] = [
    without.filter(({ kind }) => kind === "draft"),
    without.filter(({ kind }) => kind !== "draft"),
  ];
  const found: Finding[] = [];
  if (main.length > 0) {
    found.push({
      code: "missing-layers",
      severity: "error",
      message: `${count(main.length, "attention module")} without a scale: ${places(main)}; engines run them at 1.0, mostly without a word`,
      remedy: `Complete the scales: ${CALIBRATE}.`,
      sites: main.map(({ path }) => path),
    });
  }
  if (draft.length > 0) {
    found.push({
      code: "missing-draft-layers",
      severity: "info",
      message: `The draft stack has no scales: ${places(draft)}; speculative decoding runs it at 1.0`,
      sites: draft.map(({ path }) => path),
    });
  }
  return found;
}

/** Scales of modules that keep no cache, or that the weights do not show. */
function surplus(table: ScaleTable, sites: readonly Site[]): Finding[] {
  const known = new Set(sites.map(({ path }) => path));
  const idle = table.entries.filter(({ site }) => !keepsCache(site));
  const stray = table.entries.filter(
    ({ site }) => known.size > 0 && keepsCache(site) && !known.has(site.path),
  );
  const found: Finding[] = [];
  if (stray.length > 0) {
    const said = {
      code: "extra-layers",
      severity: "error",
      message: `${count(stray.length, "scale")} of attention modules that the weights do not have: ${cells(stray)}`,
      remedy:
        "The scales belong to another model, or to another prefix: merge them with --map FROM=TO, or strip them.",
    } as const;
    found.push(about(stray, said));
  }
  if (idle.length > 0) {
    const said = {
      code: "scales-without-cache",
      severity: "info",
      message: `${count(idle.length, "scale")} of modules that keep no cache: ${cells(idle)}; older compressed-tensors wrote them`,
      remedy: "They do no harm to most engines; `kvscale convert REF --engine E -o OUT` leaves them out.",
    } as const;
    found.push(about(idle, said));
  }
  return found;
}

function headCounts(table: ScaleTable, kvHeads: number | undefined): Finding[] {
  const other = table.entries.filter(({ site, role, scale }) => {
    const cached = keepsCache(site) && role !== "q" && role !== "prob";
    return cached && scale.per === "head" && kvHeads !== undefined && scale.values.length !== kvHeads;
  });
  if (other.length === 0) return [];
  const said = {
    code: "head-count",
    severity: "error",
    message: `Scales for ${other[0]!.scale.values.length} heads where the model has ${kvHeads} KV heads: ${cells(other)}`,
    remedy:
      "The scales belong to another model or to one tensor-parallel rank; use those of the whole model.",
  } as const;
  return [about(other, said)];
}
