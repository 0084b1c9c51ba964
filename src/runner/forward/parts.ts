import type { LayerRecipe, LinearRecipe, MatrixPart, Recipe, VectorPart } from "../../model/recipe.js";

/** Every piece of weight that a recipe names. */
export function allParts({ embedding, layers, finalNorm, head }: Recipe): (MatrixPart | VectorPart)[] {
  const bias = head.bias === undefined ? [] : [head.bias];
  return [embedding, ...layers.flatMap(partsOf), finalNorm.weight, head.weights, ...bias];
}

/** Every piece of weight that a layer's recipe names. */
export function partsOf(layer: LayerRecipe): (MatrixPart | VectorPart)[] {
  const { attention, feed } = layer;
  const units = feed.kind === "dense" ? [feed.unit] : feed.experts;
  const linears: LinearRecipe[] = [
    ...[attention.query, attention.key, attention.value, attention.output],
    ...(feed.kind === "experts" ? [feed.router] : []),
    ...units.flatMap(({ gate, up, down }) => [gate, up, down]),
  ];
  const norms = [
    ...[layer.attentionNorm, layer.feedNorm, layer.afterAttention, layer.afterFeed],
    ...[attention.queryNorm, attention.keyNorm],
  ];
  return [
    ...linears.flatMap(({ weights, bias }) => (bias === undefined ? [weights] : [weights, bias])),
    ...norms.flatMap((norm) => norm?.weight ?? []),
  ];
}
