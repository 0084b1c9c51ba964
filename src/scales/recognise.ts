import { type Role, type Site, shownSite, siteOf } from "./site.js";
import type { CompanionForm, NameForm, Reading, Spelling } from "./spelling.js";
import { SPELLINGS } from "./spellings.js";
import { compile } from "./template.js";

/**
 * Attention modules that the weights show, by path; they decide where a name's words alone would not. As a
 * map they also carry the kind, which tells draft layers that continue the decoder's numbering.
 */
export type KnownSites = ReadonlySet<string> | ReadonlyMap<string, Site>;

/**
 * What a tensor name says about the KV cache: a scale, its companion, a refused form, something that looks
 * like a scale but fits no row; undefined for every other tensor (weights, weight and input scales, …).
 */
export function recognise(name: string, known?: KnownSites): Reading | undefined {
  const leaf = name.slice(name.lastIndexOf(".") + 1);
  const fitting = (ENDINGS.get(leaf) ?? []).filter(({ suffix }) => name.endsWith(suffix));
  if (fitting.length === 0 && !leaf.includes("scale")) return undefined;
  return (
    firstOf(fitting, name, (path) => known && knownAt(known, path)) ??
    firstOf(fitting, name, siteOf) ??
    refusedOf(fitting) ??
    doubtful(name)
  );
}

/** By path, for `recognise`. */
export function knownSites(sites: Iterable<Site>): KnownSites {
  return new Map(Array.from(sites, (site) => [site.path, site]));
}

interface Ending {
  readonly suffix: string;
  readonly row: Spelling;
  readonly role: Role;
  readonly what?: CompanionForm["what"];
}

/** Every form of every row, by its last word: one look-up decides about nearly all names. */
const ENDINGS = byLastWord(SPELLINGS.flatMap(endingsOf));

function endingsOf(row: Spelling): Ending[] {
  const names = row.names.flatMap((form) => endings(row, form));
  const companions = (row.companions ?? []).flatMap((form) =>
    endings(row, form).map((ending) => ({ ...ending, what: form.what })),
  );
  return [...names, ...companions];
}

function endings(row: Spelling, form: NameForm): Ending[] {
  const { suffixes } = compile(form.template, form.roles);
  return Array.from(suffixes, ([role, suffix]) => ({ suffix, row, role }));
}

function byLastWord(all: readonly Ending[]): ReadonlyMap<string, readonly Ending[]> {
  const groups = new Map<string, Ending[]>();
  for (const ending of all) {
    const word = ending.suffix.slice(ending.suffix.lastIndexOf(".") + 1);
    groups.set(word, [...(groups.get(word) ?? []), ending]);
  }
  return groups;
}

function firstOf(fitting: readonly Ending[], name: string, site: (path: string) => Site | undefined) {
  for (const { suffix, row, role, what } of fitting) {
    const at = row.status === "refused" ? undefined : site(name.slice(0, -suffix.length));
    if (at !== undefined) return reading(row.id, at, role, what);
  }
  return undefined;
}

function reading(spelling: string, site: Site, role: Role, what: Ending["what"]): Reading {
  if (what === undefined) return { as: "scale", spelling, site, role };
  return { as: "companion", spelling, site, role, what };
}

function refusedOf(fitting: readonly Ending[]): Reading | undefined {
  const row = fitting.find((ending) => ending.row.status === "refused")?.row;
  return row?.status === "refused" ? { as: "refused", spelling: row.id, why: row.why } : undefined;
}

function knownAt(known: KnownSites, path: string): Site | undefined {
  if (!known.has(path)) return undefined;
  return "get" in known ? known.get(path) : shownSite(path);
}

/** Endings that say "scale of keys, values, queries or probabilities" and nothing else. */
const SCALE_LIKE =
  /(?:^|\.)(?:(?:k|v|q|kv|qk|qkv|key|value|query|prob|softmax)(?:_cache|_output)?_scales?(?:_inv)?|(?:[qkv]|kv|qkv|query_key_value)(?:_proj|_cache)?\.(?:output_)?scale|(?:[qkv]|kv)_fake_quantizer\.qscale_act)$/;

const TWO_LETTERS = /\.([kvq])_proj\.(?!\1)([kvq])_scale$/;

/** Looks like a scale of attention but fits no row; `o_proj.output_scale` and its like are ordinary. */
function doubtful(name: string): Reading | undefined {
  if (!SCALE_LIKE.test(name)) return undefined;
  const letters = TWO_LETTERS.exec(name);
  if (letters === null) return { as: "unrecognised" };
  return { as: "unrecognised", why: `a ${letters[2]} scale below the ${letters[1]} projection` };
}
