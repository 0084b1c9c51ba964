import { dataRefusal, type Refusal } from "../errors.js";

/** Half-open range of UTF-16 offsets in a text. */
export type TextRange = readonly [begin: number, end: number];

/** What is wrong with a JSON text; `expected` and `found` are parts of the refusal's one sentence. */
export interface TextFault {
  readonly code: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy?: string;
}

/** The refusal for a fault at `range` of `text`: names the file, the bytes, and line and column (from 1). */
export function textRefusal(file: string, text: string, range: TextRange, fault: TextFault): Refusal {
  const { code, expected, found, remedy } = fault;
  const [line, column] = lineAndColumn(text, range[0]);
  return dataRefusal(code, {
    file,
    range: [byteOffset(text, range[0]), byteOffset(text, range[1])],
    expected,
    found: `${found} at line ${line}, column ${column}`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function lineAndColumn(text: string, offset: number): readonly [line: number, column: number] {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return [lines.length, lines.at(-1)!.length + 1];
}

function byteOffset(text: string, offset: number): number {
  return new TextEncoder().encode(text.slice(0, offset)).length;
}
