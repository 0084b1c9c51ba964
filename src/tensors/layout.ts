import { type Dtype, rankOf } from "./dtype.js";
import { LENGTH_BYTES, MOST_HEADER_BYTES } from "./header.js";
import { quoted, refuse } from "./rules.js";
import { checkSize } from "./size.js";
import type { Dimension } from "./tensor-info.js";
import { byUtf8 } from "./utf8-order.js";

/** A tensor to be laid out; its bytes are somewhere else. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dimension[];
  readonly byteLength: number;
}

/** A tensor to be written, with its little-endian bytes in row-major order. */
export interface TensorData {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dimension[];
  readonly bytes: Uint8Array;
}

/** A safetensors file without its data: the first bytes, the tensors in the order to follow, the whole size. */
export interface Layout<T> {
  /** The length, the JSON and its padding: all bytes before the data. */
  readonly header: Uint8Array;
  readonly order: readonly T[];
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Lays tensors out as the official writer does (safetensors `tensor.rs` @24b0b28, `prepare`): dtypes by
 * alignment, descending, then names by UTF-8 bytes; no padding between tensors; header padded to 8 bytes.
 * Metadata keys are sorted, so that equal input gives equal bytes. Throws a data Refusal for names that
 * appear twice or are reserved, sizes that do not fit dtype and shape, and a header above the limit.
 */
export function layout<T extends TensorSpec>(tensors: readonly T[], metadata?: Texts): Layout<T> {
  checkSpecs(tensors);
  const order = [...tensors].sort((a, b) => rankOf(b.dtype) - rankOf(a.dtype) || byUtf8(a.name, b.name));
  const { members, dataSize } = membersOf(order);
  const header = headerOf([...metadataMember(metadata ?? new Map()), ...members]);
  return { header, order, size: header.length + dataSize };
}

/** The bytes of a whole safetensors file, laid out as `layout` says; the same input gives the same bytes. */
export function serialize(tensors: readonly TensorData[], metadata?: Texts): Uint8Array {
  const specs = tensors.map((tensor) => ({ ...tensor, byteLength: tensor.bytes.length }));
  const { header, order, size } = layout(specs, metadata);
  const file = new Uint8Array(size);
  file.set(header);
  let at = header.length;
  for (const { bytes } of order) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

type Texts = ReadonlyMap<string, string>;

function checkSpecs(tensors: readonly TensorSpec[]): void {
  const names = new Set<string>();
  for (const tensor of tensors) {
    const { name, dtype, shape, byteLength } = tensor;
    if (name === METADATA) refuse("name-reserved", "it", { tensor: name });
    if (names.has(name)) refuse("tensor-twice", "a second one of that name", { tensor: name });
    names.add(name);
    if (!shape.every(isDimension)) refuse("shape-malformed", `[${shape.join(", ")}]`, { tensor: name });
    checkSize(dtype, shape, byteLength, { tensor: name });
  }
}

function isDimension(dimension: Dimension): boolean {
  if (typeof dimension === "number") return Number.isSafeInteger(dimension) && dimension >= 0;
  return BigInt.asUintN(64, dimension) === dimension;
}

function metadataMember(metadata: Texts): string[] {
  if (metadata.size === 0) return [];
  const pairs = [...metadata].sort(([a], [b]) => byUtf8(a, b));
  return [`"${METADATA}":{${pairs.map(([key, value]) => `${json(key)}:${json(value)}`).join(",")}}`];
}

function membersOf(order: readonly TensorSpec[]): { members: string[]; dataSize: number } {
  const members: string[] = [];
  let dataSize = 0;
  let units = 0;
  for (const { name, dtype, shape, byteLength } of order) {
    const offsets = `[${dataSize},${dataSize + byteLength}]`;
    const member = `${json(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":${offsets}}`;
    members.push(member);
    dataSize += byteLength;
    units += member.length;
    // Said now, for the whole could be longer than a string may be.
    if (units > MOST_HEADER_BYTES) refuseTooLarge(units);
  }
  return { members, dataSize };
}

function headerOf(members: readonly string[]): Uint8Array {
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  if (length > MOST_HEADER_BYTES) refuseTooLarge(length);
  const header = new Uint8Array(LENGTH_BYTES + length).fill(SPACE);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, LENGTH_BYTES);
  return header;
}

function refuseTooLarge(length: number): never {
  return refuse("header-too-large", `${length} bytes or more for these tensors and metadata`, {});
}

function json(text: string): string {
  if (LONE_SURROGATE.test(text)) refuse("name-not-unicode", quoted(text), {});
  return JSON.stringify(text);
}

const LONE_SURROGATE = /\p{Surrogate}/u;
const METADATA = "__metadata__";
const ALIGNMENT = 8;
const SPACE = 0x20;
