import { dataRefusal } from "../errors.js";
import { type Json, type JsonObject, lookup, type Path } from "./json.js";
import { textRefusal } from "./place.js";
import { parseTree } from "./reader.js";
import { isObjectNode, type ObjectNode } from "./tree.js";

/** A JSON object as text with a file name: immutable; the edits of `edit.ts` give new ones. */
export class Document {
  readonly file: string;
  readonly text: string;
  #root: ObjectNode | undefined;

  /** For text that is known to be well-formed; others go through `parseDocument`. */
  constructor(file: string, text: string, root?: ObjectNode) {
    this.file = file;
    this.text = text;
    this.#root = root;
  }

  /** The root's members and spans; parsed once, when first asked for. */
  get root(): ObjectNode {
    this.#root ??= parseTree(this.text, this.file);
    return this.#root;
  }

  /** The whole text as plain values; objects are Maps. */
  get value(): JsonObject {
    return this.root.value;
  }
}

/**
 * Reads a JSON text whose root is an object. Throws a data Refusal that names the file, the bytes, line and
 * column for a byte order mark, comments, trailing commas, more than 500 levels, or anything that is no JSON.
 */
export function parseDocument(text: string, file: string): Document {
  for (const tell of TELLS) if (tell.pattern.test(text)) throw textRefusal(file, text, [0, 1], tell);
  return new Document(file, text, parseTree(text, file));
}

/** `parseDocument` of a file's bytes. Throws a data Refusal also for bytes that are not UTF-8. */
export function decodeDocument(bytes: Uint8Array, file: string): Document {
  return parseDocument(decodeStrictly(bytes, file), file);
}

/** The value at `path`; undefined where a step is missing or does not lead through objects. */
export function get(document: Document, path: Path): Json | undefined {
  return lookup(document.value, path);
}

/** Keys that occur more than once in the object at `path`; empty where there is no object. */
export function repeatedKeys(document: Document, path: Path): readonly string[] {
  let here: ObjectNode = document.root;
  for (const key of path) {
    const next = here.members.findLast((member) => member.key === key)?.node;
    if (!isObjectNode(next)) return [];
    here = next;
  }
  return here.repeated;
}

/** What is often found where a JSON file should be, and what to do about it. */
const TELLS = [
  {
    pattern: /^\uFEFF/,
    code: "json-byte-order-mark",
    expected: "JSON without a byte order mark",
    found: "a UTF-8 byte order mark",
    remedy: "Save the file as UTF-8 without a byte order mark: engines refuse it too.",
  },
  {
    pattern: /^version https:\/\/git-lfs/,
    code: "json-malformed",
    expected: "JSON",
    found: "a Git-LFS pointer",
    remedy: "Fetch the real file with `git lfs pull`.",
  },
  {
    pattern: /^\s*<(!doctype|html|\?xml)/i,
    code: "json-malformed",
    expected: "JSON",
    found: "an HTML or XML page",
    remedy: "Download the file again: the server answered with a page.",
  },
] as const;

function decodeStrictly(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const at = firstInvalidByte(bytes);
    throw dataRefusal("json-not-utf8", {
      file,
      range: [at, at + 1],
      expected: "JSON in UTF-8",
      found: "bytes that are not UTF-8",
      remedy: "Save the file as UTF-8.",
      cause,
    });
  }
}

/** Bisects, since the decoder says that a prefix is bad but not where. */
function firstInvalidByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isValidStart(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isValidStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
