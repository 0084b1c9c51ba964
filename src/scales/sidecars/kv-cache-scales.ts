import type { Document } from "../../document/document.js";
import { usageRefusal } from "../../errors.js";
import { larger, sameScale } from "../algebra.js";
import { tensorScale } from "../scale.js";
import type { Loss, ScaleTable } from "../table.js";
import { perLayer } from "./layers.js";
import { isNumber, objectAt, refusal, valueAt } from "./members.js";
import { printPython } from "./python-json.js";
import type { PrintedSidecar, Sidecar, SidecarEntry, SidecarForm, Target } from "./sidecar.js";

/**
 * `kv_cache_scales.json`: one number for the keys and values of a layer, repeated for each tensor-parallel
 * rank. Every reader wants exactly these keys and swallows any error, then runs at 1.0.
 */
export const kvCacheScales: SidecarForm = {
  id: "kv-cache-scales",
  rows: ["N17"],
  title: "kv_cache_scales.json of vLLM up to 0.6, SGLang and KsanaLLM",
  fileName: "kv_cache_scales.json",
  source: "vLLM quantization/schema.py @2ff767b513; SGLang weight_utils.py L1630-1745 @6ed5780c",
  claims: (document) => document.value.has("kv_cache"),
  parse,
  print,
};

const FACTORS = ["kv_cache", "scaling_factor"];

function parse(document: Document): Sidecar {
  objectAt(document, []);
  const modelType = modelTypeOf(document);
  objectAt(document, ["kv_cache"]);
  valueAt(document, ["kv_cache", "dtype"], '"float8_e4m3fn"', (value) => value === "float8_e4m3fn");
  const ranks = counted(document, FACTORS, "tensor-parallel rank").map((rank) => rankOf(document, rank));
  const unequal = ranks.findIndex((rank) => rank.length !== ranks[0]!.length);
  if (unequal > 0) throw unequalRanks(document, ranks, unequal);
  const merged = ranks.slice(1).reduce(joined, ranks[0]!);
  return {
    spelling: kvCacheScales.id,
    file: document.file,
    format: "float8_e4m3fn",
    entries: merged,
    facts: { layers: merged.length, ranks: ranks.length, ...(modelType !== null && { modelType }) },
    losses: mergeLosses(ranks, merged),
  };
}

function modelTypeOf(document: Document): string | null {
  const isName = (value: unknown): value is string | null => value === null || typeof value === "string";
  return valueAt(document, ["model_type"], "a string or null", isName);
}

/** Keys of an object that must be the numbers from 0 on, in that order; written as the readers' `int` takes them. */
function counted(document: Document, path: readonly string[], what: string): string[] {
  const object = objectAt(document, path);
  const keys = Array.from({ length: object.size }, (_, index) => String(index));
  const wanted = new Set(keys);
  const strange = [...object.keys()].find((key) => !wanted.has(key));
  if (object.size > 0 && strange === undefined) return keys;
  const expected = `a ${what} for each number from 0 on in \`${path.join(".")}\``;
  throw refusal(
    document,
    expected,
    strange === undefined ? "no keys" : `the key ${JSON.stringify(strange)} among ${object.size}`,
  );
}

function rankOf(document: Document, rank: string): SidecarEntry[] {
  const path = [...FACTORS, rank];
  return counted(document, path, "layer").map((key, layer) => {
    const value = valueAt(document, [...path, key], "a number", isNumber);
    return { layer, role: "kv", scale: tensorScale(value), name: [...path, key].join(".") };
  });
}

function joined(a: readonly SidecarEntry[], b: readonly SidecarEntry[]): SidecarEntry[] {
  return a.map((entry, layer) => (larger(entry.scale, b[layer]!.scale) === entry.scale ? entry : b[layer]!));
}

function mergeLosses(ranks: readonly SidecarEntry[][], merged: readonly SidecarEntry[]): Loss[] {
  const differ = merged.filter(({ layer, scale }) =>
    ranks.some((rank) => !sameScale(rank[layer]!.scale, scale)),
  );
  if (differ.length === 0) return [];
  const detail = `the largest of ${ranks.length} tensor-parallel ranks is used in ${differ.length} of ${merged.length} layers`;
  return [{ code: "ranks-merged-by-max", detail }];
}

function unequalRanks(document: Document, ranks: readonly SidecarEntry[][], rank: number) {
  const found = `${ranks[0]!.length} layers in rank 0 and ${ranks[rank]!.length} in rank ${rank}`;
  return refusal(document, "as many layers in every tensor-parallel rank", found);
}

function print(table: ScaleTable, target: Target): PrintedSidecar {
  if (target.modelType === undefined) throw noModelType();
  const { rows, losses } = perLayer(table, target.layers, { roles: ["kv"], perHead: false });
  const layers = { members: rows.map(([entry], layer) => [String(layer), entry!.scale.values[0]!] as const) };
  const ranks = Array.from({ length: target.ranks ?? 1 }, (_, rank) => [String(rank), layers] as const);
  const cache = [["dtype", "float8_e4m3fn"] as const, ["scaling_factor", { members: ranks }] as const];
  const text = printPython({
    members: [
      ["model_type", target.modelType],
      ["kv_cache", { members: cache }],
    ],
  });
  return { text, losses };
}

function noModelType() {
  return usageRefusal("model-type-needed", {
    expected: "the model_type of the model that kv_cache_scales.json is for, since readers compare it",
    found: "none",
    remedy: "Name a checkpoint with a config.json.",
  });
}
