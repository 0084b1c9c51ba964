import type { ConfigDocuments } from "../config/documents.js";
import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import { documentTexts } from "./documents.js";
import { scaleTensors } from "./evidence.js";
import { namesForStrip } from "./names.js";
import type { Plan } from "./plan.js";
import { planRewrite } from "./rewrite.js";
import { leavingSidecars } from "./sidecars.js";

/**
 * Takes the scales, their companions and sidecars out of a checkpoint; `documents` are its configs without
 * their declarations. The inverse of a merge: `strip(merge(x)) = x`, byte for byte.
 */
export function planStrip(source: Inventory, documents: ConfigDocuments): Plan {
  const present = scaleTensors(source);
  const left = source.shards
    .filter(({ path, header, indexed }) => indexed && header.tensors.size > (present.get(path)?.size ?? 0))
    .map(({ path }) => path);
  const texts = [
    ...documentTexts(documentsOf(source), documents, "no longer declares a KV cache"),
    ...leavingSidecars(source, []),
  ];
  const naming = namesForStrip(source, left);
  const steps = planRewrite(source, { remove: present, add: new Map(), naming, texts, singleFile: false });
  return { steps, losses: [], warnings: [] };
}
