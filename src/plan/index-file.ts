import { get, parseDocument } from "../document/document.js";
import { insertMembers, removeMembers, setMember } from "../document/edit.js";
import type { TextFile } from "../inventory/inventory.js";
import type { Step } from "./plan.js";
import type { PlannedShard } from "./shards.js";

/**
 * The index of the output: every tensor of `shards` once, and the right `metadata.total_size` in bytes.
 * An existing index keeps its order, indentation and unknown keys; only what differs is touched.
 */
export function planIndex(
  existing: TextFile | undefined,
  path: string,
  shards: readonly PlannedShard[],
): Step {
  const text = indexText(existing?.text ?? EMPTY, path, shards);
  const size = new TextEncoder().encode(text).length;
  if (existing?.path === path && existing.text === text) return { step: "keep", path, as: path, size };
  const why = existing === undefined ? "names the shard of every tensor" : "entries and total size follow";
  return { step: "write", path, bytes: new TextEncoder().encode(text), why };
}

/** Laid out as transformers writes it: two spaces, a newline at the end (save_pretrained). */
const EMPTY = '{\n  "metadata": {},\n  "weight_map": {}\n}\n';

function indexText(before: string, path: string, shards: readonly PlannedShard[]): string {
  const index = parseDocument(before, path);
  const had = get(index, ["weight_map"]);
  const map: ReadonlyMap<string, unknown> = had instanceof Map ? had : new Map();
  const wanted = new Map(
    shards.flatMap(({ tensors, path: file }) => tensors.map(({ name }) => [name, file])),
  );
  const gone = [...map.keys()].filter((name) => !wanted.has(name));
  const changed = [...wanted].filter(([name, file]) => map.get(name) !== file).sort(byCodePoint);
  const mapped = insertMembers(removeMembers(index, ["weight_map"], gone), ["weight_map"], changed);
  const size = shards.flatMap(({ tensors }) => tensors).reduce((sum, tensor) => sum + tensor.byteLength, 0);
  const same = get(index, ["metadata", "total_size"]) === size;
  return same ? mapped.text : setMember(mapped, ["metadata", "total_size"], size).text;
}

/** Python sorts names by code point, JavaScript by UTF-16 unit; they differ beyond U+FFFF. */
function byCodePoint([a]: readonly [string, string], [b]: readonly [string, string]): number {
  const left = [...a];
  const right = [...b];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? -1) - (right[at]?.codePointAt(0) ?? -1);
}
