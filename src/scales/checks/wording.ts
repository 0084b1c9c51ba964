import type { Finding, Severity } from "../../finding.js";
import { layerList } from "../layer-list.js";
import { KINDS, type Site } from "../site.js";
import { type Entry, ROLES } from "../table.js";

/** The parts of a finding that each check says for itself. */
export interface Said {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly remedy?: string;
}

/** A finding about these entries: their sites, and file and tensor where there is only one. */
export function about(entries: readonly Entry[], said: Said): Finding {
  const found = entries.length === 1 ? entries[0]!.found : undefined;
  return {
    ...said,
    ...(found !== undefined && { file: found.file, tensor: found.name }),
    sites: [...new Set(entries.map(({ site }) => site.path))],
  };
}

/** Entries in few words: `k of layers 0..3, v of layer 7`. */
export function cells(entries: readonly Entry[]): string {
  return ROLES.flatMap((role) => {
    const sites = entries.filter((entry) => entry.role === role).map(({ site }) => site);
    return sites.length === 0 ? [] : [`${role} of ${places(sites)}`];
  }).join(", ");
}

/** Sites in few words: `layers 0..3`, `draft layer 0`. */
export function places(sites: readonly Site[]): string {
  return KINDS.flatMap((kind) => {
    const layers = new Set(sites.filter((site) => site.kind === kind).map(({ layer }) => layer));
    if (layers.size === 0) return [];
    return [
      `${kind === "decoder" ? "" : `${kind} `}layer${layers.size === 1 ? "" : "s"} ${layerList(layers)}`,
    ];
  }).join(", ");
}

/** `1 scale`, `5 scales`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** How to get better scales; the end of several remedies. */
export const CALIBRATE =
  "merge calibrated ones from another checkpoint of this model (`kvscale merge BASE --from REF -o OUT`), or quantise again";
