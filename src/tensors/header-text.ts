import { refuse } from "./rules.js";

/**
 * The header's JSON text. Strict UTF-8: no invalid sequence is replaced and no byte-order mark dropped.
 * `begin` is the file offset of `bytes`. Throws `header-not-utf8`.
 */
export function decodeHeader(bytes: Uint8Array, begin: number, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const at = firstInvalid(bytes);
    const found = `byte 0x${bytes[at]!.toString(16).padStart(2, "0")} where no character can have it`;
    return refuse("header-not-utf8", found, { file, range: [begin + at, begin + at + 1] });
  }
}

/** How many bytes of UTF-8 the first `units` UTF-16 units of the text take. */
export function utf8Length(text: string, units: number): number {
  let bytes = 0;
  for (let at = 0; at < units; at++) bytes += unitLength(text.charCodeAt(at));
  return bytes;
}

function unitLength(unit: number): number {
  if (unit < 0x80) return 1;
  return unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
}

const REPLACEMENT = 0xfffd;

function firstInvalid(bytes: Uint8Array): number {
  const lossy = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let byte = 0;
  for (let at = 0; at < lossy.length; at++) {
    const unit = lossy.charCodeAt(at);
    if (unit === REPLACEMENT && !isReplacement(bytes, byte)) return byte;
    byte += unitLength(unit);
  }
  return byte;
}

function isReplacement(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
}
