import type { Dtype } from "../tensors/dtype.js";

/** A scale exactly as a tensor file holds it. `bytes` are little-endian and are never re-encoded. */
export interface Stored {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * A dequantisation multiplier, `x ≈ fp8 · scale`: one number per attention layer ("tensor") or one per
 * KV head ("head"). `values` hold the stored numbers exactly (every F16, BF16 and F32 is a float64);
 * `stored` is present when they came from a tensor, so that they can be passed through bit for bit.
 */
export interface Scale {
  readonly per: "tensor" | "head";
  readonly values: readonly number[];
  readonly stored?: Stored;
}
