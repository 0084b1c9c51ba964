/**
 * The scale parameters that a model has once an engine has built it. Name mappings depend on them: a
 * name whose target does not exist is dropped.
 */
export interface Parameters {
  has(name: string): boolean;
  /** True when any parameter belongs to a multi-head latent attention module. */
  readonly latent: boolean;
}

/** The parameters with exactly these names. */
export function parametersNamed(names: Iterable<string>): Parameters {
  const set = new Set(names);
  return { has: (name) => set.has(name), latent: [...set].some((name) => name.includes("mla_attn")) };
}
