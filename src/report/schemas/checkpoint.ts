import { z } from "zod";
import type { Declaration, WeightQuantization } from "../../config/declaration.js";
import type { Geometry } from "../../config/geometry.js";
import type { Effective, Readiness, Unread } from "../../engines/verdict.js";
import type { Evidence } from "../../inventory/inventory.js";
import type { CheckpointFacts } from "../../operations/inspect.js";
import { type Describes, finding, number, role, site } from "./scales.js";

/** The checkpoint as files. */
export const checkpoint = z.strictObject({
  label: z.string(),
  files: z.int(),
  shards: z.int(),
  indexed: z.boolean(),
  bytes: z.int(),
}) satisfies Describes<CheckpointFacts>;

/** Shape facts of the model. */
export const geometry = z.strictObject({
  modelType: z.string().optional(),
  architectures: z.array(z.string()),
  layers: z.int().optional(),
  queryHeads: z.int().optional(),
  kvHeads: z.int().optional(),
  headSize: z.int().optional(),
  dtype: z.string().optional(),
}) satisfies Describes<Geometry>;

/** How the weights are quantised. */
export const weights = z.strictObject({
  method: z.enum(["none", "fp8", "compressed-tensors", "modelopt", "quark", "awq", "gptq", "other"]),
  word: z.string().optional(),
  kvOnly: z.boolean(),
}) satisfies Describes<WeightQuantization>;

/** One statement of a config. */
export const declaration = z.strictObject({
  dialect: z.string(),
  file: z.string(),
  path: z.string(),
  cache: z.enum(["float8_e4m3fn", "float8_e4m3fnuz", "int8", "nvfp4", "none", "unknown"]),
  strategy: z.enum(["tensor", "attn_head"]).optional(),
  dynamic: z.boolean(),
  observer: z.string().optional(),
  producer: z.string().optional(),
  findings: z.array(finding),
}) satisfies Describes<Declaration>;

const reading = z.discriminatedUnion("as", [
  z.strictObject({ as: z.literal("scale"), spelling: z.string(), site, role }),
  z.strictObject({
    as: z.literal("companion"),
    spelling: z.string(),
    site,
    role,
    what: z.enum(["zero-point", "bias"]),
  }),
  z.strictObject({ as: z.literal("refused"), spelling: z.string(), why: z.string() }),
  z.strictObject({ as: z.literal("unrecognised"), why: z.string().optional() }),
]);

/** A tensor that looks like a scale and was not used as one. */
export const evidence = z.strictObject({
  file: z.string(),
  name: z.string(),
  dtype: z.string(),
  shape: z.array(z.int()),
  indexed: z.boolean(),
  reading,
}) satisfies Describes<Evidence>;

const scaleValue = z.union([number, z.array(number)]);

const effective = z.strictObject({
  site: z.string(),
  k: scaleValue.optional(),
  v: scaleValue.optional(),
  note: z.string().optional(),
}) satisfies Describes<Effective>;

const unread = z.strictObject({ names: z.array(z.string()), reason: z.string() }) satisfies Describes<Unread>;

/** What one engine will do. */
export const readiness = z.strictObject({
  engine: z.string(),
  verdict: z.enum(["loads", "partial", "ignores", "refuses", "unit"]),
  reason: z.string(),
  effective: z.array(effective),
  unread: z.array(unread),
  launch: z.string().optional(),
  remedies: z.array(z.string()),
  sources: z.array(z.string()),
}) satisfies Describes<Readiness>;
