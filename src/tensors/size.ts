import type { Subject } from "../errors.js";
import { bitsOf, type Dtype } from "./dtype.js";
import { refuse } from "./rules.js";
import type { Dimension } from "./tensor-info.js";

const U64_MAX = 2n ** 64n - 1n;

/** Holds a tensor to `bytes` bytes. Throws `size-overflow`, `size-not-bytes` (half a byte is left) or `size-mismatch`. */
export function checkSize(dtype: Dtype, shape: readonly Dimension[], bytes: number, subject: Subject): void {
  const bits = bitLength(dtype, shape);
  if (bits === bytes * 8) return;
  const what = `${dtype} of shape [${shape.join(", ")}]`;
  if (bits === undefined) refuse("size-overflow", what, subject);
  if (BigInt(bits) % 8n !== 0n) refuse("size-not-bytes", `${what}, ${bits} bits`, subject);
  const needed = BigInt(bits) / 8n;
  if (needed !== BigInt(bytes))
    refuse("size-mismatch", `${bytes} for ${what}, which takes ${needed}`, subject);
}

/**
 * Bits of a tensor, exactly; undefined where a product of the leading axes, or the whole, is 2^64 or more.
 * A left fold, so `[0, 2^64-1, 2]` is 0 and `[2^64-1, 2, 0]` overflows (safetensors `tensor.rs` @24b0b28, `validate`).
 */
function bitLength(dtype: Dtype, shape: readonly Dimension[]): number | bigint | undefined {
  let bits = 1;
  for (const dimension of shape) {
    if (typeof dimension === "bigint") return wideBitLength(dtype, shape);
    bits *= dimension;
    if (bits > Number.MAX_SAFE_INTEGER) return wideBitLength(dtype, shape);
  }
  bits *= bitsOf(dtype);
  return bits > Number.MAX_SAFE_INTEGER ? wideBitLength(dtype, shape) : bits;
}

function wideBitLength(dtype: Dtype, shape: readonly Dimension[]): number | bigint | undefined {
  let bits = 1n;
  for (const factor of [...shape, bitsOf(dtype)]) {
    bits *= BigInt(factor);
    if (bits > U64_MAX) return undefined;
  }
  return bits <= Number.MAX_SAFE_INTEGER ? Number(bits) : bits;
}
