import type { Role, Site } from "./site.js";

/** One form of name within a spelling. `{site}` is the attention module, `{role}` one of `roles`. */
export interface NameForm {
  readonly template: string;
  readonly roles: readonly Role[];
}

/** A tensor that belongs to scales without being one: zero points, biases of an affine cache. */
export interface CompanionForm extends NameForm {
  readonly what: "zero-point" | "bias";
}

/** How kvscale writes a spelling: always F32; a scalar or one element; per head `[H,1,1]` where readers take it. */
export interface Written {
  readonly dtype: "F32";
  readonly shape: "[]" | "[1]";
  readonly perHead: boolean;
}

/** What every row of the spelling table says. */
interface Row {
  /** Stable word, used on the command line and in JSON. */
  readonly id: string;
  /** Ids of the table in docs/spellings.md that it covers; empty for names that are no spelling of scales. */
  readonly rows: readonly string[];
  readonly title: string;
  readonly names: readonly NameForm[];
  readonly companions?: readonly CompanionForm[];
  /** Where the form was seen: project, file, commit. */
  readonly source: string;
}

/** A row that is read and written. */
export interface WrittenSpelling extends Row {
  readonly status: "read-write";
  readonly written: Written;
}

/** A row that is only read, or recognised and refused; `why` is a clause for people. */
export interface UnwrittenSpelling extends Row {
  readonly status: "read-only" | "refused";
  readonly why: string;
}

/** One row of the spelling table: a naming convention of scale tensors, as data. */
export type Spelling = WrittenSpelling | UnwrittenSpelling;

/** What a tensor name was taken for. */
export type Reading =
  | { readonly as: "scale"; readonly spelling: string; readonly site: Site; readonly role: Role }
  /** Zero points and affine biases that belong to scales. */
  | {
      readonly as: "companion";
      readonly spelling: string;
      readonly site: Site;
      readonly role: Role;
      readonly what: "zero-point" | "bias";
    }
  /** A known spelling that must not be used as an FP8 scale, with the reason. */
  | { readonly as: "refused"; readonly spelling: string; readonly why: string }
  /** Ends like a scale of attention, but fits no row. */
  | { readonly as: "unrecognised"; readonly why?: string };
