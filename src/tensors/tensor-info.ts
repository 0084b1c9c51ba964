import type { Dtype } from "./dtype.js";

/** A size along one axis. Beyond 2^53 (legal beside a zero) it is a bigint, so that nothing is rounded. */
export type Dimension = number | bigint;

/** One tensor of a safetensors file. `begin` and `end` are file offsets (the data area's start is added). */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly Dimension[];
  readonly begin: number;
  readonly end: number;
}

/** A validated safetensors header. Tensors are in file order of their bytes. */
export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** First byte of the data area: 8 + header length. */
  readonly dataStart: number;
}
