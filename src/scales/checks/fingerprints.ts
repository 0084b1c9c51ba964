import type { Finding } from "../../finding.js";
import { sameScale } from "../algebra.js";
import { bySite, type Entry, type ScaleTable } from "../table.js";
import { about, count } from "./wording.js";

/** Findings about where numbers come from, read off the numbers themselves: never errors. */
export function checkFingerprints(table: ScaleTable): Finding[] {
  const cached = table.entries.filter(({ role }) => role === "k" || role === "v" || role === "kv");
  return [...equalPairs(table), ...(rounding(cached) ?? calibration(cached, table.format))];
}

/** k = v in every layer: both came from one `kv_scale`. */
function equalPairs(table: ScaleTable): Finding[] {
  const pairs = Array.from(bySite(table).values(), (entries) => {
    const [k, v] = (["k", "v"] as const).map((role) => entries.find((entry) => entry.role === role));
    return k === undefined || v === undefined ? undefined : ([k, v] as const);
  }).filter((pair) => pair !== undefined);
  const distinct = new Set(pairs.map(([k]) => k.scale.values[0]));
  if (distinct.size < 2 || !pairs.every(([k, v]) => sameScale(k.scale, v.scale))) return [];
  const said = {
    code: "equal-pairs",
    severity: "info",
    message: `k and v are equal in all ${count(pairs.length, "layer")}: both come from one kv_scale, the larger of the two`,
    remedy:
      "Values usually need a smaller scale than keys; separate scales from a calibration keep more of them.",
  } as const;
  return [about(pairs.flat(), said)];
}

/** The two 16-bit floats: bits of significand, the hidden one included, and the worst relative rounding error. */
const GRIDS = [
  { name: "BF16", bits: 8, error: "0.4 %" },
  { name: "F16", bits: 11, error: "0.05 %" },
] as const;

/** Fewer different numbers than this may lie on a grid by chance. */
const ENOUGH = 3;

function rounding(cached: readonly Entry[]): Finding[] | undefined {
  const values = distinctValues(cached);
  const grid =
    values.length < ENOUGH ? undefined : GRIDS.find(({ bits }) => values.every((v) => onGrid(v, bits, 0)));
  if (grid === undefined) return undefined;
  const said = {
    code: `rounded-to-${grid.name.toLowerCase()}`,
    severity: "info",
    message: `All ${count(values.length, "different value")} are ${grid.name} numbers: the scales were rounded when they were stored, by up to ${grid.error}; one rounded down clips the largest magnitude`,
    remedy:
      "Nothing can bring the digits back; where they matter, take the scales from a producer that writes F32.",
  } as const;
  return [about(cached, said)];
}

/** scale · 448 on a 16-bit grid: the largest magnitude was read from activations of that type. */
function calibration(cached: readonly Entry[], format: ScaleTable["format"]): Finding[] {
  const most = format === "float8_e4m3fnuz" ? 240 : 448;
  const values = distinctValues(cached);
  if (values.length < ENOUGH) return [];
  const grid = GRIDS.find(({ bits }) => values.every((value) => onGrid(value * most, bits, NEAR)));
  if (grid === undefined) return reciprocals(cached, values);
  const said = {
    code: `calibrated-in-${grid.name.toLowerCase()}`,
    severity: "info",
    message: `All ${count(values.length, "different value")} times ${most} are ${grid.name} numbers: the scales are amax/${most} of a calibration in ${grid.name}`,
  } as const;
  return [about(cached, said)];
}

/** 1/scale on a 16-bit grid: the producer divided in that type first and inverted then, as AutoFP8 does. */
function reciprocals(cached: readonly Entry[], values: readonly number[]): Finding[] {
  const grid = GRIDS.find(({ bits }) => values.every((value) => onGrid(1 / value, bits, NEAR)));
  if (grid === undefined) return [];
  const said = {
    code: `reciprocal-in-${grid.name.toLowerCase()}`,
    severity: "info",
    message: `1/scale of all ${count(values.length, "different value")} are ${grid.name} numbers, as AutoFP8 computes them: each is off by up to ${grid.error}; one too small clips the largest magnitude`,
  } as const;
  return [about(cached, said)];
}

/** Relative distance of two float32 roundings: 1/448 is rounded first, its product with amax second. */
const NEAR = 2 ** -23;

function distinctValues(entries: readonly Entry[]): number[] {
  return [...new Set(entries.flatMap(({ scale }) => scale.values))];
}

function onGrid(value: number, bits: number, tolerance: number): boolean {
  if (!Number.isFinite(value) || value === 0) return false;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits + 1);
  return Math.abs(Math.round(value / step) * step - value) <= tolerance * Math.abs(value);
}
