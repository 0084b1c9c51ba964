import type { Document } from "../../document/document.js";
import { get, repeatedKeys } from "../../document/document.js";
import { isObject, type Json, type JsonObject, type Path } from "../../document/json.js";
import { dataRefusal, type Refusal } from "../../errors.js";

/** The object at `path`, no key in it twice; throws a data Refusal otherwise. */
export function objectAt(document: Document, path: Path): JsonObject {
  const value = get(document, path);
  if (!isObject(value)) throw wrong(document, path, "an object", value);
  const [repeated] = repeatedKeys(document, path);
  if (repeated === undefined) return value;
  const found = `the key ${JSON.stringify(repeated)} more than once`;
  throw refusal(document, `${nameOf(path)} with each key once`, found);
}

/** The value at `path` if `holds` says so; throws a data Refusal with `expected` otherwise. */
export function valueAt<T extends Json>(
  document: Document,
  path: Path,
  expected: string,
  holds: (value: Json | undefined) => value is T,
): T {
  const value = get(document, path);
  if (holds(value)) return value;
  throw wrong(document, path, expected, value);
}

/** Refuses what stands at `path`: "expected `path` to be …, found …". */
export function wrong(document: Document, path: Path, expected: string, found: Json | undefined): Refusal {
  return refusal(document, `${nameOf(path)} to be ${expected}`, shown(found));
}

/** A refusal of a sidecar's content. */
export function refusal(document: Document, expected: string, found: string): Refusal {
  return dataRefusal("sidecar-invalid", {
    file: document.file,
    expected,
    found,
    remedy: "Engines refuse such a file, or ignore it and run at scale 1.0; repair it or make it anew.",
  });
}

/** True for JSON numbers, Python's NaN and Infinity included: the checks judge values. */
export function isNumber(value: Json | undefined): value is number {
  return typeof value === "number";
}

/** True for whole numbers of at least 1. */
export function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/** True for JSON strings. */
export function isText(value: Json | undefined): value is string {
  return typeof value === "string";
}

function nameOf(path: Path): string {
  return path.length === 0 ? "the file" : `\`${path.join(".")}\``;
}

/** A value in few words; long ones are cut, and control characters are escaped by JSON. */
function shown(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (isObject(value)) return `an object of ${value.size} keys`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const text = isText(value) ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
