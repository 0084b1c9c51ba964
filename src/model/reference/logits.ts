import type { LogitSlice } from "../ops.js";

/** Takes a slice of logits up into its sums, in float64. A pause after each token of each stream. */
export function* takeUp(slice: LogitSlice): Generator<void, void, void> {
  const tokens = slice.targets.length;
  for (let token = 0; token < tokens; token++) {
    for (let stream = 0; stream < slice.streams; stream++) {
      raiseMax(slice, stream * tokens + token, token);
      addRow(slice, stream * tokens + token, token);
      yield;
    }
  }
}

/** A new maximum shrinks what was summed relative to the old one; `cross` is relative to that of stream 0. */
function raiseMax(slice: LogitSlice, row: number, token: number): void {
  const { max, top, sum, cross } = slice.sums;
  const before = max[row]!;
  for (let column = 0; column < slice.width; column++) {
    const logit = logitAt(slice, row, column);
    if (logit <= max[row]! || Number.isNaN(logit)) continue;
    max[row] = logit;
    top[row] = slice.first + column;
  }
  if (max[row] === before) return;
  const shrink = Math.exp(before - max[row]!);
  sum[row]! *= shrink;
  if (row !== token) return;
  for (let other = token; other < cross.length; other += slice.targets.length) cross[other]! *= shrink;
}

function addRow(slice: LogitSlice, row: number, token: number): void {
  const { max, sum, cross, target } = slice.sums;
  for (let column = 0; column < slice.width; column++) {
    const logit = logitAt(slice, row, column);
    const first = logitAt(slice, token, column);
    // What is impossible weighs nothing, also before any maximum is known: ∞ − ∞ would be NaN.
    if (logit !== -Infinity) sum[row]! += Math.exp(logit - max[row]!);
    if (first !== -Infinity) cross[row]! += Math.exp(first - max[token]!) * (first - logit);
    if (slice.targets[token] === slice.first + column) target[row] = logit;
  }
}

function logitAt({ logits, width, softcap }: LogitSlice, row: number, column: number): number {
  const logit = logits[row * width + column]!;
  return softcap > 0 ? softcap * Math.tanh(logit / softcap) : logit;
}
