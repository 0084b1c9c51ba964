import { parseDocument } from "../../document/document.js";
import { dataRefusal, usageRefusal } from "../../errors.js";
import { layerList } from "../layer-list.js";
import type { Site } from "../site.js";
import { type Entry, type ScaleTable, tableOf } from "../table.js";
import { kvCacheScales } from "./kv-cache-scales.js";
import { lightllm } from "./lightllm.js";
import type { Sidecar, SidecarForm } from "./sidecar.js";

/** The table of sidecars: files that carry scales outside the weights. */
export const SIDECARS: readonly SidecarForm[] = [kvCacheScales, lightllm];

/** The form with this id; throws a usage Refusal that lists the ids there are. */
export function sidecarForm(id: string): SidecarForm {
  const form = SIDECARS.find((candidate) => candidate.id === id);
  if (form !== undefined) return form;
  throw usageRefusal("unknown-sidecar", {
    expected: `a sidecar form among ${SIDECARS.map((candidate) => candidate.id).join(", ")}`,
    found: JSON.stringify(id),
  });
}

/**
 * A sidecar file's text as values. Throws a data Refusal for text of no known form, for a broken rule of a
 * known one, and for the INT8 text form of lmdeploy on Ascend.
 */
export function parseSidecar(text: string, file: string): Sidecar {
  if (INT8_TEXT.test(text)) throw int8(file);
  const document = parseDocument(text, file);
  const form = SIDECARS.find((candidate) => candidate.claims(document));
  if (form === undefined) throw unknownForm(file, [...document.value.keys()]);
  return form.parse(document);
}

/** What is known of the model that a sidecar is to be read for; absent facts are not compared. */
export interface PlaceFacts {
  readonly kvHeads?: number;
}

/**
 * A sidecar's scales on the decoder's attention modules, layer by layer. Throws a data Refusal with both
 * lists when the layers differ, or when its number of KV heads is not the model's.
 */
export function place(sidecar: Sidecar, sites: readonly Site[], facts: PlaceFacts = {}): ScaleTable {
  const { file, spelling, entries } = sidecar;
  const decoder = sites.filter((site) => site.kind === "decoder");
  const layers = new Map(decoder.map((site) => [site.layer, site]));
  const wanted = new Set(entries.map((entry) => entry.layer));
  if (
    layers.size !== decoder.length ||
    layers.size !== wanted.size ||
    [...wanted].some((n) => !layers.has(n))
  ) {
    throw layersDiffer(file, wanted, decoder);
  }
  const heads = sidecar.facts.kvHeads;
  if (heads !== undefined && facts.kvHeads !== undefined && heads !== facts.kvHeads) {
    throw headsDiffer(file, heads, facts.kvHeads);
  }
  const placed = entries.map(({ layer, role, scale, name }): Entry => {
    return { site: layers.get(layer)!, role, scale, found: { spelling, file, name } };
  });
  return tableOf(sidecar.format, placed);
}

/** Pairs of `scale: x offset: y`, as lmdeploy writes them for its INT8 cache on Ascend. */
const INT8_TEXT = /^\s*scale:\s*\S+\s+offset:\s*\S+/;

function int8(file: string) {
  return dataRefusal("sidecar-int8", {
    file,
    expected: "a sidecar of FP8 scales",
    found: "scale and offset pairs of an INT8 cache (lmdeploy on Ascend)",
    remedy: "Use scales of an FP8 calibration; INT8 scales have another meaning.",
  });
}

function unknownForm(file: string, keys: readonly string[]) {
  const some = keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 40)));
  return dataRefusal("sidecar-unknown", {
    file,
    expected: "a sidecar with `kv_cache` (kv_cache_scales.json) or `quant_type` (LightLLM)",
    found:
      keys.length === 0
        ? "an empty object"
        : `an object with ${some.join(", ")}${keys.length > 5 ? ", …" : ""}`,
    remedy: "Name a checkpoint by its directory: a JSON file alone is taken for a file of scales.",
  });
}

function layersDiffer(file: string, wanted: Iterable<number>, decoder: readonly Site[]) {
  return dataRefusal("layers-differ", {
    file,
    expected: `scales of the model's attention layers ${layerList(decoder.map((site) => site.layer))}`,
    found: `scales of layers ${layerList(wanted)}`,
    remedy:
      "Use the file of this very model; hybrids and models with two decoders cannot be described by it.",
  });
}

function headsDiffer(file: string, found: number, expected: number) {
  return dataRefusal("head-counts-differ", {
    file,
    expected: `${expected} KV heads, as the model has`,
    found: String(found),
    remedy: "Use the file of this very model.",
  });
}
