import type { Role } from "./site.js";

/** A compiled template: `parse(print(site, role))` gives `{ site, role }` back. */
export interface Template {
  readonly roles: readonly Role[];
  /** Everything after the site, for each role: `.k_proj.k_scale`. */
  readonly suffixes: ReadonlyMap<Role, string>;
  /** Site path and role of a tensor name; undefined when the name is of another form. */
  parse(name: string): { readonly site: string; readonly role: Role } | undefined;
  /** The tensor name; throws for a role the template does not have (a bug of the caller). */
  print(site: string, role: Role): string;
}

/**
 * Parser and printer of one template such as `{site}.{role}_proj.{role}_scale`. `{site}` comes first and
 * once; every `{role}` stands for the same word, so a name with two different letters does not parse.
 */
export function compile(text: string, roles: readonly Role[]): Template {
  const tail = text.startsWith(SITE) ? text.slice(SITE.length) : "";
  if (!tail.startsWith(".") || tail.includes(SITE))
    throw new TypeError(`template "${text}" needs one leading ${SITE}`);
  const suffixes = new Map(roles.map((role) => [role, tail.replaceAll("{role}", role)] as const));
  if (new Set(suffixes.values()).size !== roles.length)
    throw new TypeError(`template "${text}" hides its role`);
  return {
    roles,
    suffixes,
    parse: (name) => parse(suffixes, name),
    print: (site, role) => print(suffixes, site, role),
  };
}

const SITE = "{site}";

function parse(suffixes: ReadonlyMap<Role, string>, name: string) {
  for (const [role, suffix] of suffixes) {
    if (name.length > suffix.length && name.endsWith(suffix)) {
      return { site: name.slice(0, -suffix.length), role };
    }
  }
  return undefined;
}

function print(suffixes: ReadonlyMap<Role, string>, site: string, role: Role): string {
  const suffix = suffixes.get(role);
  if (suffix === undefined) throw new TypeError(`no name for role "${role}"`);
  return site + suffix;
}
