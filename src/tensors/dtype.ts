/**
 * The 22 element types in the order of the format's own enum, which is the order of alignment: files are
 * laid out by it, descending. Source: huggingface/safetensors `tensor.rs` @24b0b28, `Dtype`.
 */
export const DTYPES = [
  { name: "BOOL", bits: 8 },
  { name: "F4", bits: 4 },
  { name: "F6_E2M3", bits: 6 },
  { name: "F6_E3M2", bits: 6 },
  { name: "U8", bits: 8 },
  { name: "I8", bits: 8 },
  { name: "F8_E5M2", bits: 8 },
  { name: "F8_E4M3", bits: 8 },
  { name: "F8_E8M0", bits: 8 },
  { name: "F8_E4M3FNUZ", bits: 8 },
  { name: "F8_E5M2FNUZ", bits: 8 },
  { name: "I16", bits: 16 },
  { name: "U16", bits: 16 },
  { name: "F16", bits: 16 },
  { name: "BF16", bits: 16 },
  { name: "I32", bits: 32 },
  { name: "U32", bits: 32 },
  { name: "F32", bits: 32 },
  { name: "C64", bits: 64 },
  { name: "F64", bits: 64 },
  { name: "I64", bits: 64 },
  { name: "U64", bits: 64 },
] as const satisfies readonly { readonly name: string; readonly bits: number }[];

/** Element types of the safetensors format, spelled as in a header. */
export type Dtype = (typeof DTYPES)[number]["name"];

const BY_NAME: ReadonlyMap<string, { readonly name: Dtype; readonly bits: number; readonly rank: number }> =
  new Map(DTYPES.map(({ name, bits }, rank) => [name, { name, bits, rank }]));

/** The dtype of that exact spelling (`F32`, never `f32`), or undefined. */
export const dtypeNamed = (text: string): Dtype | undefined => BY_NAME.get(text)?.name;

/** Bits of one element; 4 or 6 for the types smaller than a byte. */
export const bitsOf = (dtype: Dtype): number => BY_NAME.get(dtype)!.bits;

/** Position in the enum, ascending alignment; the official writer sorts by it, descending. */
export const rankOf = (dtype: Dtype): number => BY_NAME.get(dtype)!.rank;
