/**
 * A JSON value as read. Objects are Maps, so that a key such as `__proto__` is only a key; a repeated key
 * has its last value, as in Python. The spelling of a number lives in the text alone.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object as read, in the order of its keys in the text. */
export type JsonObject = ReadonlyMap<string, Json>;

/** A JSON value to be written. Objects may be Maps (hostile keys) or literals (our own keys). */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonInput[]
  | ReadonlyMap<string, JsonInput>
  | { readonly [key: string]: JsonInput };

/** Keys from the root of a document to a value; array elements are not addressed. */
export type Path = readonly string[];

/** True for JSON objects. */
export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** The value at `path` below `value`; undefined where a step is missing or does not lead through objects. */
export function lookup(value: Json | undefined, path: Path): Json | undefined {
  let here = value;
  for (const key of path) {
    if (!isObject(here)) return undefined;
    here = here.get(key);
  }
  return here;
}

/** True where two values are the same JSON, whatever the order of their keys. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (isObject(a) && isObject(b))
    return a.size === b.size && [...a].every(([key, item]) => isSame(item, b.get(key)));
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item: Json, at) => isSame(item, b[at]));
  return Object.is(a, b);
}
