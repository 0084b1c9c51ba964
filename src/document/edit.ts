import { dataRefusal } from "../errors.js";
import { Document } from "./document.js";
import type { Json, JsonInput, Path } from "./json.js";
import { closing, type Layout, layoutOf, printMember, printValue } from "./layout.js";
import { isObjectNode, type Member, type ObjectNode } from "./tree.js";
import { described, quoted } from "./wording.js";

/**
 * The document with `value` at `path`, whose parents are made where they are missing. Only the span of the
 * value changes, or one member is added as `insertMembers` does. Throws like `insertMembers`.
 */
export function setMember(document: Document, path: Path, value: JsonInput): Document {
  return insertMembers(document, path.slice(0, -1), [[lastOf(path), value]]);
}

/** The document without the member at `path`; the same document where there is none. Throws like `insertMembers`. */
export function removeMember(document: Document, path: Path): Document {
  return removeMembers(document, path.slice(0, -1), [lastOf(path)]);
}

/**
 * The document with all `entries` in the object at `path`, in one pass. A key that exists gets its new value in
 * its place. New keys go to their sorted places where the existing keys (two or more) are sorted, as the official
 * writers sort them, else to the end. Everything else keeps its bytes. Throws a data Refusal where `path` leads
 * through something that is no object, or where a key of the edited object occurs twice.
 */
export function insertMembers(
  document: Document,
  path: Path,
  entries: Iterable<readonly [key: string, value: JsonInput]>,
): Document {
  const chain = chainTo(document, path);
  const missing = path.slice(chain.length - 1);
  const wanted = new Map(entries);
  if (missing.length === 0) return spliced(document, insertions(document.text, chain, wanted));
  return spliced(document, insertions(document.text, chain, nested(missing, wanted)));
}

/**
 * The document without `keys` in the object at `path`, in one pass; absent keys and paths are no fault. The exact
 * inverse of `insertMembers` for new keys, save that an object left empty is written `{}`. Throws likewise.
 */
export function removeMembers(document: Document, path: Path, keys: Iterable<string>): Document {
  const chain = chainTo(document, path);
  if (chain.length <= path.length) return document;
  return spliced(document, removals(chain.at(-1)!, new Set(keys)));
}

interface Splice {
  readonly begin: number;
  readonly end: number;
  readonly text: string;
}

function lastOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) throw new RangeError("the path of a member has at least one key");
  return last;
}

/** The object nodes along `path`, from the root to the last that exists. */
function chainTo(document: Document, path: Path): readonly ObjectNode[] {
  const chain: ObjectNode[] = [document.root];
  for (const key of path) {
    const here = chain.at(-1)!;
    const next = here.members.find((member) => member.key === key)?.node;
    if (here.repeated.includes(key)) throw repetition(document, key);
    if (next === undefined) return chain;
    if (!isObjectNode(next)) throw notAnObject(document, path.slice(0, chain.length), next.value);
    chain.push(next);
  }
  const [twice] = chain.at(-1)!.repeated;
  if (twice !== undefined) throw repetition(document, twice);
  return chain;
}

function insertions(
  text: string,
  chain: readonly ObjectNode[],
  wanted: ReadonlyMap<string, JsonInput>,
): Splice[] {
  const target = chain.at(-1)!;
  const layout = layoutOf(text, chain);
  const replaced = target.members
    .filter(({ key }) => wanted.has(key))
    .map(({ key, node }) => ({
      begin: node.begin,
      end: node.end,
      text: printValue(wanted.get(key)!, layout),
    }));
  const fresh = [...wanted.keys()].filter((key) => !target.value.has(key));
  const print = (key: string) => printMember(key, wanted.get(key)!, layout);
  if (target.members.length === 0)
    return fresh.length === 0 ? [] : [filling(target, fresh.map(print), layout)];
  return [...replaced, ...additions(target, fresh, print, layout)].sort((a, b) => a.begin - b.begin);
}

function filling(target: ObjectNode, printed: readonly string[], layout: Layout): Splice {
  const first = layout.eol === "" ? "" : layout.gap;
  const text = `{${first}${printed.join(`,${layout.gap}`)}${closing(layout)}}`;
  return { begin: target.begin, end: target.end, text };
}

function additions(
  { members }: ObjectNode,
  fresh: readonly string[],
  print: (key: string) => string,
  layout: Layout,
): Splice[] {
  const sorted = isSorted(members);
  const inserted: Splice[] = [];
  for (const key of sorted ? [...fresh].sort(ascending) : fresh) {
    const next = sorted ? members[firstAbove(members, key)] : undefined;
    if (next === undefined) {
      const { end } = members.at(-1)!.node;
      inserted.push({ begin: end, end, text: `,${layout.gap}${print(key)}` });
    } else {
      inserted.push({ begin: next.begin, end: next.begin, text: `${print(key)},${layout.gap}` });
    }
  }
  return inserted;
}

function removals({ begin, end, members }: ObjectNode, keys: ReadonlySet<string>): Splice[] {
  const kept = members.filter(({ key }) => !keys.has(key));
  if (kept.length === members.length) return [];
  if (kept.length === 0) return [{ begin: begin + 1, end: end - 1, text: "" }];
  const gaps: Splice[] = [];
  let from: number | undefined;
  for (const member of members) {
    if (keys.has(member.key)) from ??= member.begin;
    else if (from !== undefined) {
      gaps.push({ begin: from, end: member.begin, text: "" });
      from = undefined;
    }
  }
  // A run at the end has no next key to reach up to: it goes with the comma before it.
  if (from !== undefined)
    gaps.push({ begin: kept.at(-1)!.node.end, end: members.at(-1)!.node.end, text: "" });
  return gaps;
}

function spliced(document: Document, splices: readonly Splice[]): Document {
  if (splices.length === 0) return document;
  const pieces: string[] = [];
  let at = 0;
  for (const { begin, end, text } of splices) {
    pieces.push(document.text.slice(at, begin), text);
    at = end;
  }
  pieces.push(document.text.slice(at));
  return new Document(document.file, pieces.join(""));
}

function nested(path: Path, leaf: ReadonlyMap<string, JsonInput>): ReadonlyMap<string, JsonInput> {
  return path.reduceRight<ReadonlyMap<string, JsonInput>>((value, key) => new Map([[key, value]]), leaf);
}

function isSorted(members: readonly Member[]): boolean {
  return members.length > 1 && members.every(({ key }, at) => at === 0 || members[at - 1]!.key < key);
}

function firstAbove(members: readonly Member[], key: string): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (members[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ascending(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function repetition(document: Document, key: string) {
  return dataRefusal("json-duplicate-key", {
    file: document.file,
    expected: "each key once in an object that is edited",
    found: `the key ${quoted(key)} twice`,
    remedy: "Remove one of the two members: readers disagree on which one counts.",
  });
}

function notAnObject(document: Document, path: Path, value: Json) {
  return dataRefusal("json-not-an-object", {
    file: document.file,
    expected: `a JSON object at ${path.map(quoted).join(".")}`,
    found: described(value),
    remedy: "Correct the file, or remove the member.",
  });
}
