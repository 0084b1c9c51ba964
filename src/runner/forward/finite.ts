import { shownPath } from "../../checkpoint/relative-path.js";
import { dataRefusal } from "../../errors.js";
import type { LogitFigures } from "../../model/logits.js";
import type { LayerRecipe } from "../../model/recipe.js";
import type { Reach } from "./stream.js";

/** Throws a data Refusal where the reference's keys or values of a layer reach NaN or infinity. */
export function refuseInfinite(reach: Reach, layer: LayerRecipe, label: string): void {
  for (const [role, words] of [
    ["k", "keys"],
    ["v", "values"],
  ] as const) {
    const head = reach[role].findIndex((amax) => !Number.isFinite(amax));
    if (head < 0) continue;
    throw dataRefusal("model-not-finite", {
      file: shownPath(label, layer.path),
      expected: `finite ${words} in layer ${layer.index}, head ${head}`,
      found: String(reach[role][head]),
      remedy:
        "The weights of this layer or of one before it hold NaN or infinity, or the config is another model's.",
    });
  }
}

/** Throws a data Refusal where the reference gives some next token no finite likelihood: figures beside it mean nothing. */
export function refuseInfiniteLogits({ nll }: LogitFigures, targets: Int32Array, label: string): void {
  const token = targets.findIndex((target, at) => target >= 0 && !Number.isFinite(nll[at]));
  if (token < 0) return;
  throw dataRefusal("model-not-finite", {
    file: label,
    expected: `finite logits at token ${token}, after finite keys and values in every layer`,
    found: `a negative log-likelihood of ${nll[token]}`,
    remedy: "The last layer, its norm or the output's weights hold NaN or infinity.",
  });
}
