import { z } from "zod";
import type { AttentionLoss } from "../../attention/loss.js";
import type { RangeUse } from "../../attention/range.js";
import type { KernelCheck } from "../../attention/tolerance.js";
import type { Thresholds } from "../../attention/verdict.js";
import type { BackendDescription } from "../../backend/backend.js";
import type { StreamSummary } from "../../model/advice.js";
import type { Deviation } from "../../numeric/metrics.js";
import type { Choices, ModelReport, VerifiedLayer, VerifyReport } from "../../operations/verify.js";
import type { LayerObservation, RoleAtLayer, StreamAtLayer } from "../../runner/forward/observation.js";
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

const role = range.extend({ scales: z.array(number) }) satisfies Describes<RoleAtLayer>;

const observation = z.strictObject({
  layer: z.int(),
  site: z.string(),
  reach: z.strictObject({ k: z.array(number), v: z.array(number) }),
  outlier: z.strictObject({ head: z.int(), channel: z.int(), amax: number, ratio: number }),
  channels: z.array(number),
  streams: z.array(
    z.strictObject({
      name: z.string(),
      local: deviation,
      accumulated: number,
      k: role.nullable(),
      v: role.nullable(),
    }) satisfies Describes<StreamAtLayer>,
  ),
}) satisfies Describes<LayerObservation>;

const stream = z.strictObject({
  name: z.string(),
  nll: number,
  perplexity: number,
  pplIncrease: number,
  pplIncreaseStdErr: number,
  klMean: number,
  klP99: number,
  top1: number,
}) satisfies Describes<StreamSummary>;

const model = z.strictObject({
  text: z.string(),
  sequences: z.int(),
  tokens: z.int(),
  precision: z.enum(["float32", "bfloat16"]),
  reference: z.string(),
  thresholds: z.strictObject({ maxPplIncrease: z.number(), minTop1: z.number() }),
  streams: z.array(stream),
  layers: z.array(observation),
  faults: z.array(z.string()),
  advice: z.array(z.string()),
}) satisfies Describes<ModelReport>;

/** The `data` of `verify`. */
export const verify = z.strictObject({
  label: z.string(),
  format,
  backend: backendDescription,
  data: z.enum(["model", "synthetic", "activations"]),
  choices,
  thresholds,
  layers: z.array(layer),
  model: model.nullable(),
  level,
  ok: z.boolean(),
}) satisfies Describes<VerifyReport>;
