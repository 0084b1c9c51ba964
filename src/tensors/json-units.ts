/** The units that begin a string, an array and an object. In ASCII a closer is its opener plus two. */
export const STRING = 0x22;
/** See `STRING`. */
export const ARRAY = 0x5b;
/** See `STRING`. */
export const OBJECT = 0x7b;

/** Between the members of an array or object. */
export const COMMA = 0x2c;
/** Between key and value. */
export const COLON = 0x3a;
/** Begins an escape sequence. */
export const BACKSLASH = 0x5c;
/** Begins a negative number. */
export const MINUS = 0x2d;
/** Begins a fraction. */
export const DOT = 0x2e;
/** Begins an exponent, once `LOWER_CASE` is set. */
export const LOWER_E = 0x65;
/** The bit that tells a small letter of ASCII from its capital. */
export const LOWER_CASE = 0x20;
/** The digit 0; the others follow it. */
export const ZERO = 0x30;
/** Stands for a unit behind the last. */
export const END = -1;

/** The UTF-16 unit at a position, or `END`; never NaN, which would slow every comparison down. */
export function unitAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : END;
}

/** True for the digits 0 to 9. */
export function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= ZERO + 9;
}

/** True for the white space of JSON: blank, line feed, carriage return, tab. */
export function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}
