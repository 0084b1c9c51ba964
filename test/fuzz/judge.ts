import { isRefusal } from "../../src/errors.js";
import { type Header, headerLength, parseHeader } from "../../src/tensors/header.js";
import { byUtf8 } from "../../src/tensors/utf8-order.js";

/** What our reader says of a file: the code of its refusal, or a digest of what it read. */
export type Verdict =
  | { readonly accepted: true; readonly digest: number; readonly header: Header }
  | { readonly accepted: false; readonly code: string };

/** Reads a whole file in memory; anything thrown that is no Refusal goes through, for it is a bug. */
export function judge(file: Uint8Array): Verdict {
  try {
    const length = headerLength(file, file.length, "case");
    const header = parseHeader(file.subarray(8, 8 + length), file.length, "case");
    return { accepted: true, digest: digestOf(header), header };
  } catch (error) {
    if (isRefusal(error)) return { accepted: false, code: error.code };
    throw error;
  }
}

/**
 * FNV-1a (32 bit) over the metadata and then the tensors, each sorted by the UTF-8 bytes of the key: key,
 * 0xff, value, 0xfe. The value of a tensor is `F32 [1,2] 0 8`: dtype, shape, offsets within the data.
 */
function digestOf({ metadata, tensors, dataStart }: Header): number {
  let hash = 0x811c9dc5;
  const byte = (value: number) => {
    hash = Math.imul(hash ^ value, 0x01000193);
  };
  const pair = (key: string, value: string) => {
    for (const unit of encoder.encode(key)) byte(unit);
    byte(0xff);
    for (const unit of encoder.encode(value)) byte(unit);
    byte(0xfe);
  };
  for (const [key, value] of sorted(metadata)) pair(key, value);
  for (const [name, { dtype, shape, begin, end }] of sorted(tensors)) {
    pair(name, `${dtype} [${shape.join(",")}] ${begin - dataStart} ${end - dataStart}`);
  }
  return hash >>> 0;
}

const encoder = new TextEncoder();

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([left], [right]) => byUtf8(left, right));
}
