import { utf8Length } from "./header-text.js";
import { type Fail, JsonScanner } from "./json-scanner.js";
import { OBJECT, STRING } from "./json-units.js";
import { quoted, type RuleCode, refuse } from "./rules.js";

/** `model.safetensors.index.json` as a value. */
export interface ShardIndex {
  /** Shard by tensor name, in the order of the text. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** `metadata.total_size` in bytes; undefined where it is absent or no whole number. */
  readonly totalSize: number | undefined;
}

/**
 * Reads an index of shards strictly: no key twice, every shard a plain path with `/` inside the checkpoint's
 * directory. Linear in the text. Throws a data Refusal (`json-…`, `index-…`).
 */
export function parseIndex(text: string, file: string): ShardIndex {
  const fail: Fail = (code, found, begin, end) =>
    refuse(code, found, { file, range: [utf8Length(text, begin), utf8Length(text, end)] });
  const json = new JsonScanner(text, fail);
  let weightMap: ReadonlyMap<string, string> | undefined;
  let totalSize: number | undefined;
  if (json.peek() !== OBJECT) json.refuse("index-not-object", json.here());
  eachMember(json, (key) => {
    if (key === "weight_map") weightMap = readWeightMap(json);
    else if (key === "metadata") totalSize = readTotalSize(json);
    else json.skip();
  });
  json.finish();
  if (weightMap === undefined) return json.refuse("index-not-object", "no `weight_map`");
  return { weightMap, totalSize };
}

function eachMember(json: JsonScanner, read: (key: string) => void): void {
  const seen = new Set<string>();
  json.open();
  for (let first = true; json.more(OBJECT, first); first = false) {
    const from = json.at;
    const key = json.key();
    if (seen.has(key)) refuseAt(json, from, "index-key-twice", `${quoted(key)} again`);
    seen.add(key);
    read(key);
  }
}

function readWeightMap(json: JsonScanner): ReadonlyMap<string, string> {
  const weightMap = new Map<string, string>();
  const shards = new Map<string, string>();
  if (json.peek() !== OBJECT) json.refuse("index-not-object", `${json.here()} as \`weight_map\``);
  json.open();
  for (let first = true; json.more(OBJECT, first); first = false) {
    const from = json.at;
    const name = json.key();
    const before = weightMap.size;
    weightMap.set(name, readShard(json, name, shards));
    if (weightMap.size === before) refuseAt(json, from, "index-key-twice", `${quoted(name)} again`);
  }
  return weightMap;
}

/** Checks each of the few paths once, and keeps one copy of each for the many tensors. */
function readShard(json: JsonScanner, name: string, shards: Map<string, string>): string {
  if (json.peek() !== STRING) json.refuse("index-shard-not-string", `${json.here()} for ${quoted(name)}`);
  const from = json.at;
  const path = json.string();
  const known = shards.get(path);
  if (known !== undefined) return known;
  const fault = pathFault(path);
  if (fault !== undefined)
    refuseAt(json, from, "index-path", `${quoted(path)}, ${fault}, for ${quoted(name)}`);
  shards.set(path, path);
  return path;
}

function refuseAt(json: JsonScanner, at: number, code: RuleCode, found: string): never {
  json.at = at;
  return json.refuse(code, found);
}

function readTotalSize(json: JsonScanner): number | undefined {
  let totalSize: number | undefined;
  if (json.peek() !== OBJECT) {
    json.skip();
    return undefined;
  }
  eachMember(json, (key) => {
    json.peek();
    const from = json.at;
    json.skip();
    if (key === "total_size") totalSize = wholeNumber(json.text.slice(from, json.at));
  });
  return totalSize;
}

/** transformers has written `total_size` with a fraction of zero, so the value counts, not the spelling. */
function wholeNumber(token: string): number | undefined {
  const value = /^[0-9]/.test(token) ? Number(token) : -1;
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** What makes a path unusable, in words; the first fault wins. */
const PATH_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^$/, "an empty path"],
  [/\p{Cc}/u, "a path with a control character"],
  [/\p{Surrogate}/u, "a path that is not Unicode text"],
  [/\\/, "a path with a backslash"],
  [/^\//, "an absolute path"],
  [/^[A-Za-z]:/, "a path with a drive letter"],
  [/(^|\/)\.\.(\/|$)/, "a path that leaves the directory"],
  [/(^|\/)\.(\/|$)|\/\/|\/$/, "a path with an empty or `.` part"],
];

function pathFault(path: string): string | undefined {
  return PATH_FAULTS.find(([pattern]) => pattern.test(path))?.[1];
}
