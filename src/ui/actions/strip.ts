import type { Action } from "./action.js";
import { destinationFields } from "./destination.js";
import { beside, stemOf } from "./fields.js";
import { WRITING_FIELDS, writeOutcome, writingOf, writingWords } from "./writing.js";

/** Scales and their declarations out of a checkpoint. */
export const STRIP: Action = {
  id: "strip",
  title: "Strip",
  summary: () => "take scales and their config keys out, for GGUF converters",
  unavailable: ({ report }) =>
    report.scales.length + report.declarations.length + report.others.length === 0
      ? "there is nothing to take out"
      : undefined,
  fields: ({ ref, onHub }) => [
    ...destinationFields(() => beside(ref, `${stemOf(ref)}-no-scales`, !onHub)),
    ...WRITING_FIELDS,
  ],
  planned: true,
  dryRun: true,
  words: ({ ref, settings }, values) => ["strip", ref, ...writingWords(values, settings)],
  perform: async ({ ref }, values, mode, io) => {
    const { strip } = await import("../../operations/strip.js");
    return writeOutcome(await strip({ ref, writing: await writingOf(values, mode) }, io));
  },
};
