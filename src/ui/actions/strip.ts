import type { Action } from "./action.js";
import { beside, outputField, stemOf } from "./fields.js";
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
    outputField(() => beside(ref, `${stemOf(ref)}-no-scales`, !onHub)),
    ...WRITING_FIELDS,
  ],
  planned: true,
  words: ({ ref }, values) => ["strip", ref, ...writingWords(values)],
  perform: async ({ ref }, values, mode, io) => {
    const { strip } = await import("../../operations/strip.js");
    return writeOutcome(await strip({ ref, writing: await writingOf(values, mode) }, io));
  },
};
