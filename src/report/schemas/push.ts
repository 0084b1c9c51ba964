import { z } from "zod";
import type { PushedFile, PushFacts, RequestFacts } from "../../checkpoint/hub/push-target.js";
import type { Describes } from "./scales.js";

const file = z.strictObject({
  path: z.string(),
  bytes: z.int(),
  way: z.enum(["same", "refer", "copy", "send", "delete"]),
}) satisfies Describes<PushedFile>;

const request = z.strictObject({
  what: z.string(),
  count: z.int(),
  bytes: z.int(),
}) satisfies Describes<RequestFacts>;

/** What became of a checkpoint on the Hub. */
export const pushFacts = z.strictObject({
  repository: z.string(),
  branch: z.string(),
  url: z.string(),
  created: z.boolean(),
  visibility: z.enum(["public", "private"]).nullable(),
  commit: z.string().nullable(),
  pullRequest: z.string().nullable(),
  files: z.array(file),
  requests: z.array(request),
}) satisfies Describes<PushFacts>;
