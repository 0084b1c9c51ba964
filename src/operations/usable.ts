import { shownPath } from "../checkpoint/relative-path.js";
import { dataRefusal } from "../errors.js";
import type { Inventory } from "../inventory/inventory.js";

/**
 * Refuses to carry scales on that no engine could use: none at all, broken values, half pairs, biases left
 * behind. `extract` still shows and copies them as they are. Throws a data Refusal with the finding's words.
 */
export function refuseUnusable(inventory: Inventory): void {
  refuseWithoutScales(inventory);
  const { label, findings } = inventory;
  const broken = findings.find(({ code, severity }) => severity === "error" && UNUSABLE.has(code));
  if (broken === undefined) return;
  throw dataRefusal(broken.code, {
    file: broken.file === undefined ? label : shownPath(label, broken.file),
    ...(broken.tensor === undefined ? {} : { tensor: broken.tensor }),
    expected: "usable KV scales",
    found: broken.message.replace(/\.$/, ""),
    ...(broken.remedy === undefined ? {} : { remedy: broken.remedy }),
  });
}

/** Throws a data Refusal when there is not a single scale. */
export function refuseWithoutScales({ label, table }: Inventory): void {
  if (table.entries.length === 0) throw without(label);
}

/** Error findings after which no engine could use the scales at all. */
const UNUSABLE = new Set([
  "scale-not-finite",
  "scale-negative",
  "scale-zero",
  "half-pair",
  "contradicting-scales",
  "affine-cache",
]);

function without(label: string) {
  return dataRefusal("no-scales", {
    file: label,
    expected: "KV scales in tensors or a JSON sidecar",
    found: "none of any known spelling",
    remedy: "Run `kvscale inspect` on it: names that look like scales but fit no spelling are listed there.",
  });
}
