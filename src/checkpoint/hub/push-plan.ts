import { dataRefusal } from "../../errors.js";
import type { Piece, Plan, Step } from "../../plan/plan.js";
import { isHidden } from "../hidden-path.js";
import { shownPath } from "../relative-path.js";
import type { CheckpointSource } from "../source.js";

/**
 * Looks, before the Hub is asked for anything, whether a plan fits its source: kept files are there and have their sizes, streamed
 * ones come to theirs. Throws a data Refusal.
 */
export async function refuseUnfitPlan(
  plan: Plan,
  source: CheckpointSource,
  signal: AbortSignal,
): Promise<void> {
  const sizes = new Map((await source.list(signal)).map(({ path, size }) => [path, size]));
  for (const step of plan.steps) {
    if (step.step === "keep" && sizes.get(step.path) !== step.size)
      throw unfit(step, source, sizes.get(step.path));
    if (step.step === "stream" && lengthOf(step.pieces) !== step.size) throw wrongSize(step, source.label);
  }
}

/** Files that the result shall not have. Hidden ones are left out of what is sent, and left alone where they are. */
export function leavingOf({ steps }: Plan): Set<string> {
  return new Set(
    steps.flatMap((step) => (step.step === "delete" && !isHidden(step.path) ? [step.path] : [])),
  );
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce(
    (sum, piece) => sum + ("from" in piece ? piece.range[1] - piece.range[0] : piece.bytes.length),
    0,
  );
}

function unfit(
  { path, size }: Step & { step: "keep" },
  { label }: CheckpointSource,
  found: number | undefined,
) {
  return dataRefusal(found === undefined ? "file-missing" : "file-changed", {
    file: shownPath(label, path),
    expected: `the ${size} bytes that were there when the plan was made`,
    found: found === undefined ? "no such file" : `${found} bytes`,
  });
}

function wrongSize({ path, pieces, size }: Step & { step: "stream" }, label: string) {
  return dataRefusal("wrong-size", {
    file: shownPath(label, path),
    expected: `${size} bytes in all`,
    found: `pieces of ${lengthOf(pieces)} bytes`,
  });
}
