import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import type { EncodedScale } from "../scales/encode.js";
import type { Entry } from "../scales/table.js";
import { readNumbers } from "../tensors/values.js";
import { documentTexts } from "./documents.js";
import type { Emitted } from "./emission.js";
import { scaleTensors } from "./evidence.js";
import { namesAsTheyAre, namesForMerge } from "./names.js";
import type { Plan } from "./plan.js";
import { type NewText, planRewrite } from "./rewrite.js";
import { leavingSidecars } from "./sidecars.js";

/**
 * The same scales in another spelling, declared anew, within one checkpoint. Each shard that holds scales is
 * streamed with the new tensors in place of the old; one whose scales already read as wanted is kept.
 * Scales of a sidecar become a shard of their own; the sidecar leaves.
 */
export function planConvert(source: Inventory, emitted: Emitted, sidecars: readonly NewText[]): Plan {
  const present = scaleTensors(source);
  const naming = namesForMerge(source, present);
  const add = placed(source, emitted.tensors, naming.scaleShard);
  const settled = new Set([...present.keys()].filter((file) => isSettled(source, file, add.get(file) ?? [])));
  const rewrite = {
    remove: without(present, settled),
    add: without(add, settled),
    naming: add.has(naming.scaleShard) ? naming : namesAsTheyAre(source),
    texts: [
      ...documentTexts(documentsOf(source), emitted.documents, "declares the KV cache"),
      ...sidecars,
      ...leavingSidecars(source, sidecars),
    ],
    singleFile: false,
  };
  return { steps: planRewrite(source, rewrite), losses: emitted.losses, warnings: [] };
}

/** New tensors go where the site's old ones were, if that is a tensor file. */
function placed(
  source: Inventory,
  tensors: readonly EncodedScale[],
  scaleShard: string,
): Map<string, EncodedScale[]> {
  const homes = new Map(source.table.entries.map(({ site, found }) => [site.path, found?.file]));
  const shards = new Set(source.shards.map(({ path }) => path));
  const files = new Map<string, EncodedScale[]>();
  for (const tensor of tensors) {
    const home = homes.get(tensor.site.path);
    const file = home !== undefined && shards.has(home) ? home : scaleShard;
    files.set(file, [...(files.get(file) ?? []), tensor]);
  }
  return files;
}

/** The file's scales are exactly these, under these names, so no byte of it needs to move. */
function isSettled(source: Inventory, file: string, tensors: readonly EncodedScale[]): boolean {
  const held = source.table.entries.filter(({ found }) => found?.file === file);
  const names = scaleTensors(source).get(file)?.size;
  const wanted = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return names === tensors.length && held.every((entry) => reads(entry, wanted.get(entry.found?.name ?? "")));
}

/**
 * BF16 or F32, `[]` or `[1]` read alike, except as `kv_scale`: its only reader takes F32 `[]` (TGI PR 2028). The
 * numbers decide besides: another FP8 format gives the same names other values.
 */
function reads({ scale }: Entry, tensor: EncodedScale | undefined): boolean {
  const { stored, values } = scale;
  if (tensor === undefined || stored === undefined) return false;
  if (tensor.role === "kv" && (stored.dtype !== "F32" || stored.shape.length !== tensor.shape.length))
    return false;
  const wanted = readNumbers(tensor.dtype, tensor.bytes);
  return values.length === wanted.length && values.every((value, at) => value === wanted[at]);
}

function without<T>(files: ReadonlyMap<string, T>, settled: ReadonlySet<string>): Map<string, T> {
  return new Map([...files].filter(([file]) => !settled.has(file)));
}
