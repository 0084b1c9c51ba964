import type { Subject } from "../errors.js";
import { checkData, inFileOrder } from "./data.js";
import { EntryReader } from "./entries.js";
import { decodeHeader, utf8Length } from "./header-text.js";
import { type Fail, JsonScanner } from "./json-scanner.js";
import { refuseForeign } from "./recognise.js";
import { refuse } from "./rules.js";
import type { Header } from "./tensor-info.js";

export type { Dimension, Header, TensorInfo } from "./tensor-info.js";

/** Bytes before the header: its length as an unsigned 64-bit little-endian number. */
export const LENGTH_BYTES = 8;

/** The format's limit on the header, in bytes (safetensors `tensor.rs` @24b0b28, MAX_HEADER_SIZE). */
export const MOST_HEADER_BYTES = 100_000_000;

/**
 * Length of the header in bytes, from the first 8 bytes or more of the file (all of a smaller one).
 * Throws a data Refusal when the file cannot hold such a header, or is recognised as something else.
 */
export function headerLength(prefix: Uint8Array, fileSize: number, file: string): number {
  if (prefix.length < LENGTH_BYTES || fileSize < LENGTH_BYTES) {
    refuseForeign(prefix, file);
    const size = Math.min(prefix.length, fileSize);
    return refuse("file-too-small", `${size} bytes`, { file, range: [0, size] });
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length === 0n) refuse("header-empty", "a header of 0 bytes", { file, range: [0, LENGTH_BYTES] });
  if (length > MOST_HEADER_BYTES || Number(length) > fileSize - LENGTH_BYTES) {
    refuseForeign(prefix, file);
    refuseLength(length, fileSize, file);
  }
  return Number(length);
}

/**
 * Parses and validates the JSON bytes of a header, without the 8 bytes of length before it. Agrees with the
 * official reader on every input but one: a tensor name that appears twice is refused. Linear time and memory,
 * no recursion. Throws a data Refusal that names the rule, the tensor and the bytes.
 */
export function parseHeader(headerBytes: Uint8Array, fileSize: number, file: string): Header {
  const dataStart = LENGTH_BYTES + headerBytes.length;
  if (headerBytes.length > MOST_HEADER_BYTES || dataStart > fileSize) {
    refuseLength(BigInt(headerBytes.length), fileSize, file);
  }
  const text = decodeHeader(headerBytes, LENGTH_BYTES, file);
  const fail: Fail = (code, found, begin, end) => refuse(code, found, subjectAt(begin, end));
  const subjectAt = (begin: number, end: number): Subject => {
    const tensor = reader.tensor === undefined ? {} : { tensor: reader.tensor };
    const offset = (units: number) => LENGTH_BYTES + utf8Length(text, units);
    return { file, ...tensor, range: [offset(begin), offset(end)] };
  };
  const reader = new EntryReader(new JsonScanner(text, fail), dataStart);
  reader.read();
  const tensors = inFileOrder(reader.tensors);
  checkData(tensors.values(), dataStart, fileSize, file);
  return { metadata: reader.metadata, tensors, dataStart };
}

function refuseLength(length: bigint, fileSize: number, file: string): never {
  const range = [0, LENGTH_BYTES] as const;
  if (length > MOST_HEADER_BYTES) refuse("header-too-large", `${length} bytes`, { file, range });
  return refuse("header-cut-short", `${length} bytes of header in a file of ${fileSize} bytes`, {
    file,
    range,
  });
}
