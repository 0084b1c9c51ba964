import { createScanner } from "jsonc-parser";
import type { Json } from "./json.js";
import { type TextFault, textRefusal } from "./place.js";
import type { Member, Node, ObjectNode } from "./tree.js";
import { quoted } from "./wording.js";

/**
 * The spans and values of a strict JSON text whose root is an object. Python's `NaN`, `Infinity` and
 * `-Infinity` are numbers here: configs of state-space hybrids hold them (`"time_step_limit": [0.0, Infinity]`),
 * and every engine reads configs with Python. Throws a data Refusal for comments, trailing commas and the rest.
 */
export function parseTree(text: string, file: string): ObjectNode {
  return new TreeReader(text, file).root();
}

/** Token kinds of jsonc-parser's scanner, which declares them as a const enum (unusable in isolated modules). */
const TOKEN = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  comma: 5,
  colon: 6,
  null: 7,
  true: 8,
  false: 9,
  string: 10,
  number: 11,
  lineComment: 12,
  blockComment: 13,
  lineBreak: 14,
  space: 15,
  unknown: 16,
  end: 17,
} as const;

/** Python's own reader stops near 1000 levels; real configs have fewer than ten. */
const DEEPEST = 500;

const PYTHON_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
]);

class TreeReader {
  readonly #scanner;
  readonly #text: string;
  readonly #file: string;
  #kind: number = TOKEN.unknown;
  #end = 0;

  constructor(text: string, file: string) {
    this.#scanner = createScanner(text, false);
    this.#text = text;
    this.#file = file;
  }

  root(): ObjectNode {
    this.#next();
    if (this.#kind !== TOKEN.openBrace) this.#refuse("a JSON object");
    const root = this.#object(1);
    if (!this.#is(TOKEN.end)) this.#refuse("the end of the text after the object");
    return root;
  }

  #value(depth: number): Node {
    if (depth > DEEPEST) this.#refuse(`JSON of at most ${DEEPEST} levels`, "json-too-deep");
    if (this.#kind === TOKEN.openBrace) return this.#object(depth);
    if (this.#kind === TOKEN.openBracket) return this.#array(depth);
    const begin = this.#begin();
    const value = this.#scalar();
    const end = this.#scanner.getPosition();
    this.#next();
    return { begin, end, value };
  }

  #object(depth: number): ObjectNode {
    const begin = this.#begin();
    const members: Member[] = [];
    const value = new Map<string, Json>();
    const repeated: string[] = [];
    this.#items(TOKEN.closeBrace, "}", () => {
      const member = this.#member(depth);
      if (value.has(member.key)) repeated.push(member.key);
      value.set(member.key, member.node.value);
      members.push(member);
    });
    return { begin, end: this.#end, value, members, repeated };
  }

  #array(depth: number): Node {
    const begin = this.#begin();
    const value: Json[] = [];
    this.#items(TOKEN.closeBracket, "]", () => {
      value.push(this.#value(depth + 1).value);
    });
    return { begin, end: this.#end, value };
  }

  /** Reads from the opening bracket to past the closing one; `#end` is then the end of the closing one. */
  #items(close: number, mark: string, item: () => void): void {
    this.#next();
    if (this.#kind !== close) item();
    while (this.#kind !== close) {
      if (this.#kind !== TOKEN.comma) this.#refuse(`a comma or "${mark}"`);
      this.#next();
      item();
    }
    const end = this.#scanner.getPosition();
    this.#next();
    this.#end = end;
  }

  #member(depth: number): Member {
    if (this.#kind !== TOKEN.string) this.#refuse("a key in quotation marks");
    const key = this.#scanner.getTokenValue();
    const begin = this.#begin();
    const keyEnd = this.#scanner.getPosition();
    this.#next();
    if (!this.#is(TOKEN.colon)) this.#refuse('":" after a key');
    this.#next();
    return { key, begin, keyEnd, node: this.#value(depth + 1) };
  }

  #scalar(): Json {
    switch (this.#kind) {
      case TOKEN.string:
        return this.#scanner.getTokenValue();
      case TOKEN.number:
        return Number(this.#scanner.getTokenValue());
      case TOKEN.null:
        return null;
      case TOKEN.true:
        return true;
      case TOKEN.false:
        return false;
      default:
        return this.#pythonNumber() ?? this.#refuse("a JSON value");
    }
  }

  #pythonNumber(): number | undefined {
    if (this.#kind !== TOKEN.unknown) return undefined;
    if (!this.#text.startsWith("-Infinity", this.#begin()))
      return PYTHON_NUMBERS.get(this.#scanner.getTokenValue());
    // The scanner gives the sign and the word as two tokens.
    this.#scanner.scan();
    return this.#scanner.getTokenValue() === "Infinity" ? Number.NEGATIVE_INFINITY : undefined;
  }

  #is(kind: number): boolean {
    return this.#kind === kind;
  }

  #begin(): number {
    return this.#scanner.getTokenOffset();
  }

  #next(): void {
    do {
      this.#kind = this.#scanner.scan();
    } while (this.#kind === TOKEN.lineBreak || this.#kind === TOKEN.space);
    if (this.#scanner.getTokenError() !== 0) this.#refuse("well-formed JSON text");
  }

  #refuse(expected: string, code = "json-malformed"): never {
    const begin = this.#begin();
    const end = this.#scanner.getPosition();
    const fault: TextFault = {
      code,
      expected,
      found: this.#describe(begin, end),
      remedy: remedyOf(this.#kind),
    };
    throw textRefusal(this.#file, this.#text, [begin, end], fault);
  }

  #describe(begin: number, end: number): string {
    if (this.#kind === TOKEN.end) return begin === 0 ? "an empty file" : "the end of the text";
    if (isComment(this.#kind)) return "a comment";
    return quoted(this.#text.slice(begin, end));
  }
}

function isComment(kind: number): boolean {
  return kind === TOKEN.lineComment || kind === TOKEN.blockComment;
}

function remedyOf(kind: number): string {
  return isComment(kind)
    ? "Remove the comment: engines read this file as strict JSON."
    : "Correct the file, or download it again.";
}
