import type { CacheType } from "../attention/problem.js";

/** Raised from the main thread; calls that were given it stop between pieces of work. */
export interface AddonCancelFlag {
  cancel(): void;
}

/** Cache formats by number, as `native/contract.h` numbers them. */
export const ADDON_FORMAT = { e4m3fn: 0, e4m3fnuz: 1, e5m2: 2, f16: 3, bf16: 4, f32: 5 } as const;
/** The number of a cache format. */
export type AddonFormat = (typeof ADDON_FORMAT)[keyof typeof ADDON_FORMAT];

/** The numbers of our own words for the types of caches and of weights. */
export const NUMBER_OF_TYPE = {
  float8_e4m3fn: ADDON_FORMAT.e4m3fn,
  float8_e4m3fnuz: ADDON_FORMAT.e4m3fnuz,
  float8_e5m2: ADDON_FORMAT.e5m2,
  float16: ADDON_FORMAT.f16,
  bfloat16: ADDON_FORMAT.bf16,
  float32: ADDON_FORMAT.f32,
} as const satisfies { readonly [type in CacheType]: AddonFormat };
