import { dataRefusal } from "../errors.js";
import { brief, dropRoles, fuse, isFloat32, reduceHeads, sameScale, split } from "./algebra.js";
import type { Scale } from "./scale.js";
import type { Role, Site } from "./site.js";
import type { WrittenSpelling } from "./spelling.js";
import { writableSpelling } from "./spelling-by-id.js";
import { type Adapted, type Entry, type Loss, ROLES, type ScaleTable, tableOf } from "./table.js";
import { compile } from "./template.js";

/** Choices that an engine makes within a spelling; each defaults to what the spelling's row says. */
export interface EncodeOptions {
  /** Shape of a scale per layer. */
  readonly shape?: "[]" | "[1]";
  /** Whether scales per head are kept, as `[H,1,1]`; otherwise they are reduced by maximum. */
  readonly perHead?: boolean;
}

/** One scale tensor, ready to be written. `bytes` are little-endian float32. */
export interface EncodedScale {
  readonly site: Site;
  readonly role: Role;
  readonly name: string;
  readonly dtype: "F32";
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The tensors of a table in one spelling, in table order, and what could not be kept. */
export interface Encoded {
  readonly tensors: readonly EncodedScale[];
  readonly losses: readonly Loss[];
}

/**
 * The table in a writable spelling: F32 bits are copied, BF16 and F16 widened exactly, other numbers rounded
 * to float32 with a loss. Nothing is made up: throws a data Refusal for a site whose scales the spelling
 * cannot say (half a pair for one number), for contradictions, and for spellings that are not written.
 */
export function encode(table: ScaleTable, spelling: string, options: EncodeOptions = {}): Encoded {
  const row = writableSpelling(spelling);
  const { table: adapted, losses } = respell(table, spelling, options);
  const tensors = adapted.entries.map((entry) => tensorOf(entry, row, options.shape ?? row.written.shape));
  return { tensors, losses: [...losses, ...roundings(adapted)] };
}

/** The table with the roles and the granularity that the spelling can say, and what that cost. */
export function respell(table: ScaleTable, spelling: string, options: EncodeOptions = {}): Adapted {
  const row = writableSpelling(spelling);
  const roles = new Set(row.names.flatMap((form) => form.roles));
  const once = tableOf(table.format, single(table.entries));
  const kept = dropRoles(once, new Set(OPTIONAL.filter((role) => !roles.has(role))));
  const heads = (options.perHead ?? row.written.perHead) ? unchanged(kept.table) : reduceHeads(kept.table);
  const joined = roles.has("k") ? splitUnless(roles.has("kv"), heads.table) : fuse(heads.table);
  for (const entry of joined.table.entries) {
    if (!roles.has(entry.role)) throw cannotSay(entry.site, joined.table, row);
  }
  return { table: joined.table, losses: [...kept.losses, ...heads.losses, ...joined.losses] };
}

/** Roles that an engine can do without. */
const OPTIONAL: readonly Role[] = ROLES.filter((role) => role === "q" || role === "prob");

function unchanged(table: ScaleTable): Adapted {
  return { table, losses: [] };
}

function splitUnless(kept: boolean, table: ScaleTable): Adapted {
  return unchanged(kept ? table : split(table));
}

/** One entry a cell: equal duplicates count once, contradicting ones are refused. */
function single(entries: readonly Entry[]): Entry[] {
  return entries.filter((entry, index) => {
    const before = entries[index - 1];
    if (before === undefined || before.site.path !== entry.site.path || before.role !== entry.role)
      return true;
    if (!sameScale(before.scale, entry.scale)) throw contradiction(before, entry);
    return false;
  });
}

function tensorOf({ site, role, scale }: Entry, row: WrittenSpelling, shape: "[]" | "[1]"): EncodedScale {
  const form = row.names.find(({ roles }) => roles.includes(role))!;
  const name = compile(form.template, form.roles).print(site.path, role);
  const one = shape === "[]" ? [] : [1];
  return {
    site,
    role,
    name,
    dtype: "F32",
    shape: scale.per === "head" ? [scale.values.length, 1, 1] : one,
    bytes: float32Bytes(scale, name),
  };
}

function float32Bytes(scale: Scale, name: string): Uint8Array {
  if (scale.stored?.dtype === "F32") return scale.stored.bytes.slice();
  const view = new DataView(new ArrayBuffer(4 * scale.values.length));
  for (const [index, value] of scale.values.entries()) {
    const rounded = Math.fround(value);
    if (Number.isFinite(value) && (!Number.isFinite(rounded) || (rounded === 0 && value !== 0)))
      throw tooFar(name, value);
    view.setFloat32(4 * index, value, true);
  }
  return new Uint8Array(view.buffer);
}

/** One loss for all numbers that no float32 holds: those that were typed or computed, not calibrated. */
function roundings(table: ScaleTable): Loss[] {
  const rounded = table.entries.flatMap(({ scale }) => scale.values).filter((value) => !isFloat32(value));
  if (rounded.length === 0) return [];
  const worst = rounded.reduce((most, value) => Math.max(most, Math.abs(Math.fround(value) / value - 1)), 0);
  const detail = `${rounded.length} number${rounded.length === 1 ? "" : "s"} rounded to float32, by up to ${brief(worst)} of the value`;
  return [{ code: "rounded", detail }];
}

function cannotSay(site: Site, { entries }: ScaleTable, row: WrittenSpelling) {
  const there = entries.filter((entry) => entry.site.path === site.path).map(({ role }) => role);
  const roles = row.names.flatMap((form) => form.roles).join(", ");
  return dataRefusal("role-not-in-spelling", {
    expected: `scales that the spelling "${row.id}" can say (${roles}) for every site`,
    found: `${JSON.stringify(site.path)} with ${there.length === 1 ? `${there[0]} alone` : there.join(" beside ")}`,
    remedy: "Complete or remove that site's scales first; kvscale makes up no values.",
  });
}

function contradiction(a: Entry, b: Entry) {
  const at = (entry: Entry) => `${brief(entry.scale.values[0]!)} (${entry.found?.name ?? "unnamed"})`;
  return dataRefusal("contradicting-scales", {
    expected: `one ${a.role} scale for ${JSON.stringify(a.site.path)}`,
    found: `${at(a)} and ${at(b)}`,
    remedy: "Remove the stale tensor; `kvscale inspect` shows which file holds it.",
  });
}

function tooFar(name: string, value: number) {
  return dataRefusal("scale-out-of-range", {
    tensor: name,
    expected: "a scale that a float32 can hold",
    found: String(value),
  });
}
