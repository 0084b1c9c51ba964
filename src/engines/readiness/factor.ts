import type { Value } from "./values.js";
import type { View } from "./view.js";

/** What an engine multiplies stored scales by, and a clause where the result is not what the GPU needs. */
export interface Factor {
  readonly by: number;
  readonly note?: string;
}

/**
 * e4m3fnuz has half the values of e4m3fn for the same bits, so that a scale calibrated for one format is
 * doubled or halved for the other. `doubles`: the engine doubles on gfx94x, taking every scale as fn-based.
 */
export function factorOf({ inventory, platform }: View, doubles: boolean): Factor {
  const fnuzGpu = platform === "rocm-fnuz";
  const fnuzScales = inventory.table.format === "float8_e4m3fnuz";
  const by = doubles && fnuzGpu ? 2 : 1;
  const needed = fnuzGpu === fnuzScales ? 1 : fnuzGpu ? 2 : 0.5;
  if (by === needed) return { by };
  return {
    by,
    note: `${fnuzGpu ? "an e4m3fnuz" : "an e4m3fn"} cache needs the scale times ${needed}, it gets it times ${by}`,
  };
}

/** The value times the factor, per head where it is. */
export function scaled(value: Value | undefined, by: number): Value | undefined {
  return typeof value === "object" ? value.map((one) => one * by) : value && value * by;
}
