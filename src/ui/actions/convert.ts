import type { Action, Subject } from "./action.js";
import { destinationFields } from "./destination.js";
import { beside, engineField, engineIn, flags, stemOf } from "./fields.js";
import { WRITING_FIELDS, writeOutcome, writingOf, writingWords } from "./writing.js";

/** The same scales, spelled and declared for another engine. */
export const CONVERT: Action = {
  id: "convert",
  title: "Convert",
  summary: () => "spell and declare the scales for another engine",
  unavailable: ({ report }) => (report.scales.length === 0 ? "there are no scales to convert" : undefined),
  fields: (subject) => [
    engineField(firstUnready, [], "For engine"),
    ...destinationFields((_, above) =>
      beside(subject.ref, `${stemOf(subject.ref)}-${above.get("engine") ?? "converted"}`, !subject.onHub),
    ),
    ...WRITING_FIELDS,
  ],
  planned: true,
  dryRun: true,
  words: ({ ref, settings }, values) => [
    "convert",
    ref,
    ...flags(values, [["engine", "--engine"]]),
    ...writingWords(values, settings),
  ],
  perform: async ({ ref }, values, mode, io) => {
    const { convert } = await import("../../operations/convert.js");
    const engine = engineIn(values) ?? "vllm";
    return writeOutcome(await convert({ ref, engine, writing: await writingOf(values, mode) }, io));
  },
};

/** The first engine that does not load the scales as they are, and takes scales at all. */
function firstUnready({ report }: Subject): string {
  const unready = report.readiness.find(
    ({ verdict, engine }) => verdict !== "loads" && engine !== "llama.cpp",
  );
  return unready?.engine ?? "vllm";
}
