import { z } from "zod";
import { BACKEND_CHOICES } from "../../backend/backend.js";
import { ENGINE_IDS } from "../../engines/engines.js";

const decibels = z.number().describe("SQNR in dB");

/** The keys of `kvscale.config.json`; others are refused, so that a misspelt one is noticed. */
export const SETTINGS = z.strictObject({
  $schema: z.string().optional().describe("Where this schema is, for editors"),
  engine: z.enum(ENGINE_IDS).optional().describe("--engine of inspect, merge, convert and calibrate"),
  platform: z
    .enum(["cuda", "rocm-fnuz", "rocm-ocp", "cpu"])
    .optional()
    .describe("--platform of inspect: where the engine runs"),
  backend: z.enum(BACKEND_CHOICES).optional().describe("--backend of verify and calibrate"),
  link: z
    .enum(["auto", "reflink", "hardlink", "symlink", "copy"])
    .optional()
    .describe("--link of every writer: how unchanged files reach the output"),
  thresholds: z
    .strictObject({
      warnSqnr: decibels.optional().describe("--warn-sqnr: below it a layer is warned about"),
      minSqnr: decibels.optional().describe("--min-sqnr: below it a layer fails"),
      maxClipRate: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe("--max-clip-rate: a larger share of saturated values fails"),
      maxPplIncrease: z
        .number()
        .optional()
        .describe("--max-ppl-increase: a larger rise of perplexity fails, as a share"),
      minTop1: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe("--min-top1: less agreement on the likeliest token fails"),
    })
    .optional()
    .describe("Where the levels of verify lie"),
  calibration: z
    .strictObject({
      text: z.string().optional().describe("--text: what the model is run on; relative to this file"),
      tokens: z.string().optional().describe("--tokens: token ids instead; relative to this file"),
    })
    .optional()
    .describe("What calibrate computes scales from"),
});

/** A settings file that was accepted. */
export type Settings = z.infer<typeof SETTINGS>;

/** The same as JSON Schema, for editors; published in the package's `schemas` folder. */
export function settingsJsonSchema(): object {
  const schema = z.toJSONSchema(SETTINGS, { target: "draft-2020-12" });
  return {
    title: "kvscale.config.json",
    description: "Settings of kvscale; flags and environment go before them",
    ...schema,
  };
}
