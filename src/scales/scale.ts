import { dataRefusal, type Subject } from "../errors.js";
import type { Dtype } from "../tensors/dtype.js";
import { readNumbers } from "../tensors/values.js";

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

/**
 * The scale that a tensor holds. One element of any shape is "tensor"; more are "head", and then only one
 * axis may be longer than 1. Throws a data Refusal, naming `where`, for other shapes and for dtypes that
 * no producer writes scales in.
 */
export function scaleOf(stored: Stored, where: Subject): Scale {
  if (!FLOATS.has(stored.dtype)) throw wrongDtype(stored.dtype, where);
  const long = stored.shape.filter((size) => size !== 1);
  if (long.length > 1 || long[0] === 0) throw wrongShape(stored.shape, where);
  const values = readNumbers(stored.dtype, stored.bytes);
  return { per: long.length === 0 ? "tensor" : "head", values, stored };
}

/** One number for a whole layer, without stored bytes: from a sidecar or a calculation. */
export function tensorScale(value: number): Scale {
  return { per: "tensor", values: [value] };
}

/** One number for each KV head, without stored bytes. */
export function headScale(values: readonly number[]): Scale {
  return { per: "head", values };
}

/** What producers write scales in. */
const FLOATS: ReadonlySet<Dtype> = new Set<Dtype>(["F32", "F64", "BF16", "F16"]);

function wrongDtype(dtype: Dtype, where: Subject) {
  return dataRefusal("scale-dtype", {
    ...where,
    expected: "a KV-cache scale of dtype F32, BF16, F16 or F64",
    found: `dtype ${dtype}`,
  });
}

function wrongShape(shape: readonly number[], where: Subject) {
  return dataRefusal("scale-shape", {
    ...where,
    expected: "a KV-cache scale of one element, or of one per KV head along one axis",
    found: `shape [${shape.join(", ")}]`,
  });
}
