import { z } from "zod";
import type { Finding } from "../../finding.js";
import type { ScaleRow } from "../../operations/scale-rows.js";
import type { Loss } from "../../scales/table.js";

/** A number, or the word that JSON has no number for. */
export const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);

/** The FP8 formats. */
export const format = z.enum(["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2"]);

/** Roles and kinds, as words. */
export const role = z.enum(["k", "v", "q", "prob", "kv"]);
const kind = z.enum(["decoder", "cross", "draft", "encoder", "vision"]);

/** One scale. */
export const scaleRow = z.strictObject({
  site: z.string(),
  kind,
  layer: z.int(),
  role,
  per: z.enum(["tensor", "head"]),
  values: z.array(number),
  dtype: z.string().nullable(),
  shape: z.array(z.int()).nullable(),
  spelling: z.string().nullable(),
  file: z.string().nullable(),
  name: z.string().nullable(),
}) satisfies Describes<ScaleRow>;

/** One finding. */
export const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  message: z.string(),
  remedy: z.string().optional(),
  file: z.string().optional(),
  tensor: z.string().optional(),
  sites: z.array(z.string()).optional(),
}) satisfies Describes<Finding>;

/** One loss. */
export const loss = z.strictObject({
  code: z.string(),
  detail: z.string(),
  site: z.string().optional(),
}) satisfies Describes<Loss>;

/** One attention module. */
export const site = z.strictObject({ path: z.string(), layer: z.int(), kind });

/** A schema with a member for each member of a report's type; keeps the two from drifting apart. */
export type Describes<T> = z.ZodObject<{ [K in keyof Required<T>]: z.ZodType }>;
