/**
 * Makes text from a checkpoint safe to print on one line: control characters, bidirectional overrides and
 * lone surrogates become `\u{…}`, so that a tensor name cannot move the cursor or hide what follows.
 */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/**
 * C0, DEL, C1, line separators, bidirectional controls, zero-width and byte-order marks, the two that XML
 * forbids, lone surrogates.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
