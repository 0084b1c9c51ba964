import { isRefusal, type Refusal } from "../../src/errors.js";
import { type Header, headerLength, parseHeader } from "../../src/tensors/header.js";

const encoder = new TextEncoder();

/** A file of that header and that many zero bytes of data; `length` replaces the true length of the header. */
export function fileOf(json: string | Uint8Array, dataSize = 0, length?: number | bigint): Uint8Array {
  const bytes = typeof json === "string" ? encoder.encode(json) : json;
  const file = new Uint8Array(8 + bytes.length + dataSize);
  new DataView(file.buffer).setBigUint64(0, BigInt(length ?? bytes.length), true);
  file.set(bytes, 8);
  return file;
}

/** Reads a whole file in memory, in the two steps that every source takes. */
export function read(file: Uint8Array): Header {
  const length = headerLength(file, file.length, "x.safetensors");
  return parseHeader(file.subarray(8, 8 + length), file.length, "x.safetensors");
}

/** What the work refuses with; throws what is no Refusal, and where nothing is refused. */
export function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** One tensor's member of a header, valid unless the fields say otherwise. */
export function member(name: string, fields: Record<string, string> = {}): string {
  const all = { dtype: '"F32"', shape: "[1]", data_offsets: "[0,4]", ...fields };
  const texts = Object.entries(all).map(([key, value]) => `"${key}":${value}`);
  return `${JSON.stringify(name)}:{${texts.join(",")}}`;
}
