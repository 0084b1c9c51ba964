import { dataRefusal } from "../../errors.js";

/**
 * The sequences of a file of token ids: a JSON array of ids (one sequence), or an array of such arrays. Throws a
 * data Refusal that names the place of anything else.
 */
export function parseTokens(text: string, file: string): number[][] {
  const value = parsed(text, file);
  if (!Array.isArray(value)) throw notTokens(file, `${typeof value} at the top`);
  const nested = value.some(Array.isArray);
  const sequences: unknown[] = nested ? value : [value];
  return sequences.map((sequence, at) => idsOf(sequence, file, nested ? `[${at}]` : ""));
}

/** Throws a data Refusal for the first id that the model's embedding has no row for. */
export function refuseForeignIds(
  sequences: readonly (readonly number[])[],
  rows: number,
  file: string,
): void {
  for (const [at, sequence] of sequences.entries()) {
    const place = sequence.findIndex((id) => id >= rows);
    if (place < 0) continue;
    throw dataRefusal("token-out-of-range", {
      file,
      expected: `token ids below ${rows}, the rows of the model's embedding`,
      found: `${sequence[place]} at position ${place} of sequence ${at}`,
      remedy: "Use ids of this very model's tokenizer.",
    });
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notTokens(file, `no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function idsOf(sequence: unknown, file: string, place: string): number[] {
  if (!Array.isArray(sequence)) throw notTokens(file, `${JSON.stringify(sequence)} at ${place}`);
  return sequence.map((id: unknown, at) => {
    if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 31) return id;
    throw notTokens(file, `${JSON.stringify(id)?.slice(0, 40)} at ${place}[${at}]`);
  });
}

function notTokens(file: string, found: string) {
  return dataRefusal("tokens-form", {
    file,
    expected: "a JSON array of token ids, or an array of such arrays",
    found,
    remedy: "Write one array of whole numbers a sequence, such as [[1, 15043, 3186], [1, 910]].",
  });
}
