import { z } from "zod";
import type { Candidate } from "../../calibration/candidates.js";
import type { CalibratedLayer } from "../../operations/calibrate.js";
import { type Describes, format, loss, number } from "./scales.js";

const part = z.strictObject({ index: z.int(), of: z.int(), sequences: z.int(), tokens: z.int() });

const candidate = z.strictObject({
  name: z.string(),
  scales: z.array(number),
  clipped: z.number(),
  sqnr: z.array(number).nullable(),
  chosen: z.array(z.boolean()),
}) satisfies Describes<Candidate>;

const layer = z.strictObject({
  site: z.string(),
  layer: z.int(),
  k: z.array(number),
  v: z.array(number),
  reach: z.strictObject({ k: z.array(number), v: z.array(number) }),
  channels: z.array(number).nullable(),
  candidates: z.strictObject({ k: z.array(candidate), v: z.array(candidate) }),
}) satisfies Describes<CalibratedLayer>;

const file = z.strictObject({
  path: z.string(),
  form: z.enum(["safetensors", "kv-cache-scales", "lightllm"]),
  bytes: z.int(),
  losses: z.array(loss),
});

/** The `data` of `calibrate`, but for the checkpoint that it writes. */
export const calibrated = z.strictObject({
  label: z.string(),
  format,
  method: z.enum(["max", "percentile", "mse"]),
  granularity: z.enum(["tensor", "head"]),
  parts: z.array(part),
  layers: z.array(layer),
  stats: z.string().nullable(),
  file: file.nullable(),
});
