import { readEscape } from "./json-escape.js";
import { outOfRange, unsigned64 } from "./json-number.js";
import {
  ARRAY,
  BACKSLASH,
  COLON,
  COMMA,
  DOT,
  END,
  isDigit,
  isSpace,
  LOWER_CASE,
  LOWER_E,
  MINUS,
  OBJECT,
  STRING,
  unitAt,
  ZERO,
} from "./json-units.js";
import { quoted, type RuleCode } from "./rules.js";

/** serde_json's recursion limit of 128 lets 127 containers be open at once. */
const MOST_OPEN = 127;
/** Any number of this many digits is exact in float64. */
const SAFE_DIGITS = 15;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;
const PIECE = /[-+.\w]{1,40}|"[^"]{0,40}"?|./suy;

/** Throws the refusal for a broken rule; `begin` and `end` are positions in the scanned text. */
export type Fail = (code: RuleCode, found: string, begin: number, end: number) => never;

/**
 * Reads strict JSON from the front to the back, once and without recursion, and hands over each part as it
 * is spelled: no key is merged, no number rounded. Accepts exactly what serde_json accepts.
 */
export class JsonScanner {
  /** Position of the next unread UTF-16 unit. */
  at = 0;
  private containers = 0;

  constructor(
    readonly text: string,
    private readonly fail: Fail,
  ) {}

  /** The next unit that is not white space, left unread; -1 at the end. */
  peek(): number {
    const { text } = this;
    let { at } = this;
    let unit = unitAt(text, at);
    while (isSpace(unit)) unit = unitAt(text, ++at);
    this.at = at;
    return unit;
  }

  /** Steps into the array or object whose opener is the unread unit. */
  open(): void {
    if (++this.containers > MOST_OPEN) this.refuse("json-depth", "a deeper one");
    this.at++;
  }

  /** True when a member follows, with its comma read; false when the container was closed. */
  more(opener: number, first: boolean): boolean {
    const unit = this.peek();
    if (unit === opener + 2) {
      this.at++;
      this.containers--;
      return false;
    }
    if (first) return true;
    if (unit !== COMMA) this.unexpected();
    this.at++;
    return true;
  }

  /** The key of a member of an object, with its colon read. */
  key(): string {
    if (this.peek() !== STRING) this.unexpected();
    const key = this.string();
    if (this.peek() !== COLON) this.unexpected();
    this.at++;
    return key;
  }

  /** The string whose opening quote is the unread unit, decoded. */
  string(): string {
    const { text } = this;
    let decoded = "";
    let from = this.at + 1;
    let at = from;
    for (;;) {
      const unit = unitAt(text, at);
      if (unit === STRING) break;
      if (unit < 0x20) this.brokenString(at);
      if (unit === BACKSLASH) {
        decoded += text.slice(from, at) + this.escape(at);
        at = from = this.at;
      } else at++;
    }
    this.at = at + 1;
    return decoded + text.slice(from, at);
  }

  /** The whole number from 0 to 2^64 - 1 that is unread, exactly; undefined, and nothing read, for all else. */
  unsigned(): number | bigint | undefined {
    const { text, at: from } = this;
    let at = from;
    let value = 0;
    let unit = unitAt(text, at);
    for (; isDigit(unit); unit = unitAt(text, ++at)) value = value * 10 + (unit - ZERO);
    const isWhole = unit !== DOT && (unit | LOWER_CASE) !== LOWER_E;
    if (at === from || !isWhole || (at > from + 1 && unitAt(text, from) === ZERO)) return undefined;
    const exact = at - from <= SAFE_DIGITS ? value : unsigned64(text.slice(from, at));
    if (exact !== undefined) this.at = at;
    return exact;
  }

  /** The number that is unread, as it is spelled. */
  number(): string {
    const token = this.matching(NUMBER) ?? this.unexpected();
    if (outOfRange(token)) this.refuse("json-number-range", quoted(token));
    this.at += token.length;
    return token;
  }

  /** Reads `true`, `false` or `null` and returns it. */
  literal(): string {
    const token = this.matching(LITERAL) ?? this.unexpected();
    this.at += token.length;
    return token;
  }

  /** Steps over one value of any kind, holding it to the same rules as any other. */
  skip(): void {
    const openers: number[] = [];
    do {
      const unit = this.peek();
      let first = unit === ARRAY || unit === OBJECT;
      if (first) {
        this.open();
        openers.push(unit);
      } else this.scalar(unit);
      while (openers.length > 0 && !this.more(openers.at(-1)!, first)) {
        openers.pop();
        first = false;
      }
      if (openers.at(-1) === OBJECT) this.key();
    } while (openers.length > 0);
  }

  /** Requires that nothing but white space is left. */
  finish(): void {
    if (this.peek() !== END) this.refuse("json-trailing", this.here());
  }

  /** What the unread place holds, for a message: a word, the beginning of a string, or one character. */
  here(): string {
    const piece = this.matching(PIECE);
    return piece === undefined ? "the end of the text" : quoted(piece);
  }

  /** Refuses what is unread as malformed. */
  unexpected(): never {
    return this.refuse("json-syntax", this.here());
  }

  /** Refuses what is unread under a rule of the caller's. */
  refuse(code: RuleCode, found: string): never {
    return this.fail(code, found, this.at, Math.min(this.at + 1, this.text.length));
  }

  private matching(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0];
  }

  private scalar(unit: number): void {
    if (unit === STRING) this.string();
    else if (unit === MINUS || isDigit(unit)) this.number();
    else this.literal();
  }

  private escape(at: number): string {
    const read = readEscape(this.text, at);
    if (typeof read === "string") return this.fail(read, quoted(this.text.slice(at, at + 6)), at, at + 1);
    this.at = read.end;
    return read.decoded;
  }

  private brokenString(at: number): never {
    if (at >= this.text.length)
      return this.fail("json-syntax", "the end of the text within a string", this.at, at);
    return this.fail("json-control-character", quoted(this.text.charAt(at)), at, at + 1);
  }
}
