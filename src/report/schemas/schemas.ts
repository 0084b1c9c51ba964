import { z } from "zod";
import type { CalibrateReport } from "../../operations/calibrate.js";
import type { DoctorReport } from "../../operations/doctor.js";
import type { ExtractReport } from "../../operations/extract.js";
import type { InspectReport } from "../../operations/inspect.js";
import type { PushReport } from "../../operations/push.js";
import type { StepFacts } from "../../operations/step-facts.js";
import type { WriteReport } from "../../operations/write.js";
import type { Envelope } from "../envelope.js";
import { calibrated } from "./calibrate.js";
import { checkpoint, declaration, evidence, geometry, readiness, weights } from "./checkpoint.js";
import { pushFacts } from "./push.js";
import { type Describes, finding, format, loss, scaleRow } from "./scales.js";
import { backendStatus, verify } from "./verify.js";

const inspect = z.strictObject({
  checkpoint,
  geometry,
  weights,
  format,
  sites: z.int(),
  scales: z.array(scaleRow),
  others: z.array(evidence),
  declarations: z.array(declaration),
  findings: z.array(finding),
  readiness: z.array(readiness),
  ok: z.boolean(),
}) satisfies Describes<InspectReport>;

const extract = z.strictObject({
  label: z.string(),
  format,
  sites: z.int(),
  scales: z.array(scaleRow),
  findings: z.array(finding),
  losses: z.array(loss),
  out: z
    .strictObject({
      path: z.string(),
      form: z.enum(["safetensors", "kv-cache-scales", "lightllm"]),
      scales: z.int(),
      bytes: z.int(),
    })
    .nullable(),
}) satisfies Describes<ExtractReport>;

const step = z.strictObject({
  step: z.enum(["keep", "write", "stream", "delete"]),
  path: z.string(),
  from: z.string().nullable(),
  bytes: z.int(),
  why: z.string().nullable(),
}) satisfies Describes<StepFacts>;

const write = z.strictObject({
  target: z.string(),
  written: z.boolean(),
  steps: z.array(step),
  losses: z.array(loss),
  result: inspect,
  push: pushFacts.nullable(),
  network: z
    .strictObject({
      requests: z.int(),
      bytes: z.int(),
      fetches: z.array(z.strictObject({ path: z.string(), bytes: z.int() })),
    })
    .nullable(),
}) satisfies Describes<WriteReport>;

const push = z.strictObject({
  push: pushFacts,
  written: z.boolean(),
  result: inspect,
  leftOut: z.array(z.string()),
}) satisfies Describes<PushReport>;

const doctor = z.strictObject({
  kvscale: z.string(),
  node: z.string(),
  machine: z.strictObject({ platform: z.string(), cpu: z.string(), cores: z.int(), memory: z.int() }),
  backends: z.array(backendStatus),
  hub: z.strictObject({ endpoint: z.string(), offline: z.boolean(), proxied: z.boolean() }),
  hubCache: z.strictObject({ path: z.string(), models: z.int().nullable() }),
  token: z.strictObject({ found: z.boolean(), where: z.string().nullable() }),
}) satisfies Describes<DoctorReport>;

/** The `data` member of each command's envelope. */
export const DATA = {
  inspect,
  extract,
  merge: write,
  convert: write,
  strip: write,
  calibrate: calibrated.extend({ checkpoint: write.nullable() }) satisfies Describes<CalibrateReport>,
  push,
  verify,
  doctor,
} as const;

/** Commands that print an envelope. */
export type SchemaName = keyof typeof DATA;

const error = z.strictObject({
  code: z.string(),
  exit: z.int(),
  message: z.string(),
  remedy: z.string().nullable(),
  file: z.string().nullable(),
  tensor: z.string().nullable(),
  range: z.tuple([z.int(), z.int()]).nullable(),
});

/** What `kvscale COMMAND --json` prints; `data` is null when the command was refused. */
export function envelopeSchema(command: SchemaName) {
  return z.strictObject({
    schemaVersion: z.literal(1),
    command: z.literal(command),
    ok: z.boolean(),
    data: DATA[command].nullable(),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    error: error.nullable(),
  }) satisfies Describes<Envelope>;
}

/** The same as JSON Schema (draft 2020-12), as published in the package's `schemas` folder. */
export function jsonSchema(command: SchemaName): object {
  return z.toJSONSchema(envelopeSchema(command), { target: "draft-2020-12" });
}
