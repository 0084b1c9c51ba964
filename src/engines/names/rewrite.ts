/** One rule of an engine's name mapping: where `pattern` matches, it is replaced; a string is replaced everywhere. */
export interface Rewrite {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** Applies every rule that matches, in order, each to the result of the one before. */
export function rewriteAll(name: string, rules: readonly Rewrite[]): string {
  return rules.reduce((current, { pattern, replacement }) => current.replace(pattern, replacement), name);
}

/** Applies the first rule that matches, and only it; undefined when none does. */
export function rewriteFirst(name: string, rules: readonly Rewrite[]): string | undefined {
  const rule = rules.find(({ pattern }) => pattern.test(name));
  return rule && name.replace(rule.pattern, rule.replacement);
}
