import type { LinearRecipe, MatrixPart, NormRecipe, VectorPart } from "../recipe.js";

/** Some rows of `tensor` [of, columns]; all of them where `first` and `rows` are not given. */
export function matrix(
  tensor: string,
  of: number,
  columns: number,
  { first = 0, rows = of }: { readonly first?: number; readonly rows?: number } = {},
): MatrixPart {
  return { tensor, first, rows, of, columns };
}

/** A whole vector. */
export function vector(tensor: string, length: number): VectorPart {
  return { tensor, first: 0, length, of: length };
}

/** A projection of a module: `weight` and, where it has one, `bias`. */
export function linear(module: string, rows: number, columns: number, biased: boolean): LinearRecipe {
  const weights = matrix(`${module}.weight`, rows, columns);
  return biased ? { weights, bias: vector(`${module}.bias`, rows) } : { weights };
}

/** A norm of a module. */
export function normOf(module: string, width: number, epsilon: number, offset: 0 | 1): NormRecipe {
  return { weight: vector(`${module}.weight`, width), epsilon, offset };
}

/** Some rows of a projection whose weight holds several. */
export function share(whole: LinearRecipe, first: number, rows: number): LinearRecipe {
  const weights = { ...whole.weights, first, rows };
  return whole.bias === undefined ? { weights } : { weights, bias: { ...whole.bias, first, length: rows } };
}
