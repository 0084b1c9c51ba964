import type { FeedRecipe, GatedRecipe } from "../../model/recipe.js";
import { project, type Workshop } from "./project.js";
import type { LoadedWeights } from "./weight-files.js";

/** The feed-forward half of a layer: [rows, hidden] to [rows, hidden]. */
export async function feed(
  input: Float32Array,
  recipe: FeedRecipe,
  loaded: LoadedWeights,
  shop: Workshop,
): Promise<Float32Array> {
  if (recipe.kind === "dense") return inPieces(input, recipe.unit, loaded, shop);
  return amongExperts(input, recipe, loaded, shop);
}

/** Most numbers of an intermediate result: 256 MiB, so that memory does not follow the length of the text. */
const MOST_BETWEEN = 2 ** 26;

async function inPieces(input: Float32Array, unit: GatedRecipe, loaded: LoadedWeights, shop: Workshop) {
  const { hidden } = shop.recipe;
  const step = Math.max(1, Math.floor(MOST_BETWEEN / unit.gate.weights.rows)) * hidden;
  if (step >= input.length) return gated(input, unit, loaded, shop);
  const output = shop.scratch.take(input.length);
  for (let at = 0; at < input.length; at += step) {
    const piece = await gated(input.subarray(at, at + step), unit, loaded, shop);
    output.set(piece, at);
    shop.scratch.give(piece);
  }
  return output;
}

async function gated(input: Float32Array, unit: GatedRecipe, loaded: LoadedWeights, shop: Workshop) {
  const gate = await project(input, unit.gate, loaded, shop);
  const up = await project(input, unit.up, loaded, shop);
  const { activation } = shop.recipe;
  await shop.backend.compute.gate({ gate, up, activation, output: gate }, shop.signal);
  const output = await project(gate, unit.down, loaded, shop);
  shop.scratch.give(gate, up);
  return output;
}

type Experts = Extract<FeedRecipe, { kind: "experts" }>;

/** Each token goes to a few experts, weighted by the router; sums run in the order of the experts. */
async function amongExperts(input: Float32Array, recipe: Experts, loaded: LoadedWeights, shop: Workshop) {
  const { hidden } = shop.recipe;
  const count = recipe.experts.length;
  const shares = sharesOf(await project(input, recipe.router, loaded, shop), count, recipe);
  const output = new Float32Array(input.length);
  for (const [expert, unit] of recipe.experts.entries()) {
    const rows = rowsOf(shares, expert, count);
    if (rows.length === 0) continue;
    const own = new Float32Array(rows.length * hidden);
    for (const [at, row] of rows.entries())
      own.set(input.subarray(row * hidden, (row + 1) * hidden), at * hidden);
    const result = await inPieces(own, unit, loaded, shop);
    for (const [at, row] of rows.entries()) {
      const share = shares[row * count + expert]!;
      for (let i = 0; i < hidden; i++) output[row * hidden + i]! += share * result[at * hidden + i]!;
    }
  }
  return output;
}

function rowsOf(shares: Float32Array, expert: number, count: number): number[] {
  const rows: number[] = [];
  // A NaN is a share too: it must reach the output.
  for (let row = 0; row * count < shares.length; row++)
    if (shares[row * count + expert] !== 0) rows.push(row);
  return rows;
}

/** Softmax of the router's logits; of each row only the largest `chosen` stay, of equal ones the first. */
function sharesOf(logits: Float32Array, count: number, { chosen, renormalised }: Experts): Float32Array {
  const shares = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += count) {
    const own = logits.subarray(row, row + count);
    const largest = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Float64Array.from(own, (logit) => Math.exp(logit - largest));
    const order = Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || a - b);
    const best = order.slice(0, chosen);
    const whole = (renormalised ? best : order).reduce((sum, expert) => sum + powers[expert]!, 0);
    for (const expert of best) shares[row + expert] = powers[expert]! / whole;
  }
  return shares;
}
