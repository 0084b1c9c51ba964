import { z } from "zod";
import type { AttentionLoss } from "../../attention/loss.js";
import type { RangeUse } from "../../attention/range.js";
import type { KernelCheck } from "../../attention/tolerance.js";
import type { Thresholds } from "../../attention/verdict.js";
import type { BackendDescription } from "../../backend/backend.js";
import type { Deviation } from "../../numeric/metrics.js";
import type { Choices, VerifiedLayer, VerifyReport } from "../../operations/verify.js";
import { type Describes, format, number } from "./scales.js";

const instructionSet = z.strictObject({ name: z.string(), unavailable: z.string().optional() });

/** What a backend is on the machine of the run. */
export const backendDescription = z.strictObject({
  name: z.enum(["reference", "cpu", "cuda"]),
  instructionSet: z.string().optional(),
  instructionSets: z.array(instructionSet),
  threads: z.int(),
  file: z.string().optional(),
}) satisfies Describes<BackendDescription>;

/** A backend, or why it cannot be used. */
export const backendStatus = z.discriminatedUnion("available", [
  backendDescription.extend({ available: z.literal(true) }),
  z.strictObject({
    available: z.literal(false),
    name: z.enum(["reference", "cpu", "cuda"]),
    reason: z.string(),
  }),
]);

const deviation = z.strictObject({
  relativeL2: number,
  sqnr: number,
  maxAbs: number,
  cosine: number,
}) satisfies Describes<Deviation>;

const kernel = deviation.extend({ lse: number, holds: z.boolean() }) satisfies Describes<KernelCheck>;
const loss = deviation.extend({ divergence: number, topOne: number }) satisfies Describes<AttentionLoss>;

const range = z.strictObject({
  amax: number,
  clipRate: number,
  subnormalRate: number,
  headRoom: number,
}) satisfies Describes<RangeUse>;

const figures = z.strictObject({
  kernel,
  loss,
  heads: z.array(loss),
  k: range,
  v: range,
  against16: deviation,
  run: z.strictObject({ fp8: deviation, half: deviation }),
  contrast: z.strictObject({ unit: loss, ideal: loss, e5m2: loss }),
}) satisfies Describes<NonNullable<VerifiedLayer["figures"]>>;

const level = z.enum(["ok", "warn", "fail"]);
const scales = z.array(number).nullable();

const layer = z.strictObject({
  site: z.string(),
  layer: z.int(),
  k: scales,
  v: scales,
  level,
  reasons: z.array(z.string()),
  figures: figures.nullable(),
}) satisfies Describes<VerifiedLayer>;

const choices = z.strictObject({
  distribution: z.enum(["normal", "outliers", "k-offset"]),
  seed: z.int(),
  keys: z.int(),
  queries: z.int(),
  writer: z.enum(["cuda", "vllm-cpu"]),
}) satisfies Describes<Choices>;

const thresholds = z.strictObject({
  minSqnr: z.number(),
  failSqnr: z.number(),
  maxClipRate: z.number(),
}) satisfies Describes<Thresholds>;

/** The `data` of `verify`. */
export const verify = z.strictObject({
  label: z.string(),
  format,
  backend: backendDescription,
  data: z.enum(["synthetic", "activations"]),
  choices,
  thresholds,
  layers: z.array(layer),
  level,
  ok: z.boolean(),
}) satisfies Describes<VerifyReport>;
