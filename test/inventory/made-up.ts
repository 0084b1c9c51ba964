import { type Files, type Json, jsonFile } from "../../fixtures/recipes/files.js";
import { pair, spoiled } from "../../fixtures/recipes/hostile.js";
import { stump } from "../../fixtures/recipes/llama.js";
import { PAIR, PROJECTIONS, scaleTensors } from "../../fixtures/recipes/scales.js";
import { f32, type Tensor } from "../../fixtures/recipes/tensors.js";

const SITES = stump().sites;

/** Checkpoints for findings that no fixture shows: most are marks of how numbers were made. */
export const MADE_UP: Readonly<Record<string, () => Files>> = {
  "above-half": () => spoiled(pair({ k: 0.75 })),
  "equal-pairs": () => spoiled(scales([0.0123, 0.0123, 0.0234, 0.0234])),
  "rounded-to-f16": () => spoiled(scales(ELEVEN_BITS.map((whole) => whole / 2 ** 16))),
  "calibrated-in-bf16": () => spoiled(scales(EIGHT_BITS.map((whole) => whole / 32 / 448))),
  "calibrated-in-f16": () => spoiled(scales(ELEVEN_BITS.map((whole) => whole / 256 / 448))),
  "reciprocal-in-bf16": () => spoiled(scales(EIGHT_BITS.map((whole) => 2 / whole))),
  "reciprocal-in-f16": () => spoiled(scales(ELEVEN_BITS.map((whole) => 16 / whole))),
  duplicates: () => spoiled([...pair(), ...scaleTensors(SITES, PROJECTIONS, "F32 []")]),
  "sidecar-agrees": () => withSidecar(largest()),
  "sidecar-disagrees": () => withSidecar({ 0: 0.5, 1: 0.25 }),
};

/** Odd numbers of as many bits as the significands of BF16 and F16: on one grid and on no coarser one. */
const EIGHT_BITS = [161, 227, 147, 199];
const ELEVEN_BITS = [1031, 1203, 1501, 1707];

/** k and v of the first layer, then of the second. */
function scales(values: readonly number[]): Tensor[] {
  const names = SITES.flatMap((site) => ["k", "v"].map((role) => `${site}.${role}_scale`));
  return names.map((name, at) => f32(name, [], [values[at]!]));
}

function largest(): Record<string, number> {
  const numbers = scaleTensors(SITES, PAIR, "F32 []").map(({ bytes }) => Buffer.from(bytes).readFloatLE());
  return { 0: Math.max(numbers[0]!, numbers[1]!), 1: Math.max(numbers[2]!, numbers[3]!) };
}

function withSidecar(layers: Json): Files {
  const kv_cache = { dtype: "float8_e4m3fn", scaling_factor: { 0: layers } };
  return spoiled(pair()).set("kv_cache_scales.json", jsonFile({ model_type: "llama", kv_cache }));
}
