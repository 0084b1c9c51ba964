import type { Action, Field, Subject, Values } from "./action.js";
import { destinationFields } from "./destination.js";
import {
  beside,
  engineField,
  engineIn,
  flags,
  likely,
  stemOf,
  switches,
  textIn,
  toggleField,
} from "./fields.js";
import { WRITING_FIELDS, writeOutcome, writingOf, writingWords } from "./writing.js";

/** Scales into a checkpoint that has none: the subject gives them, or gets them. */
export const MERGE: Action = {
  id: "merge",
  title: "Merge",
  summary: (subject) =>
    gives(subject)
      ? "put these scales into a 16-bit checkpoint"
      : "put the scales of another checkpoint into this one",
  unavailable: () => undefined,
  fields: (subject) => [
    gives(subject) ? BASE : FROM,
    // A setting cannot be unsaid on the command line.
    engineField(() => "vllm", subject.settings.engine === undefined ? [AS_SOURCE] : []),
    ...destinationFields((_, above) => nameOf(subject, above)),
    toggleField("replace", "Replace scales", "those that the base has give way (--replace)"),
    ...WRITING_FIELDS,
  ],
  planned: true,
  dryRun: true,
  words: (subject, values) => {
    const { base, from } = partsOf(subject, values);
    return [
      ...["merge", base, "--from", from],
      ...flags(values, [["engine", "--engine"]]),
      ...writingWords(values, subject.settings),
      ...switches(values, [["replace", "--replace"]]),
    ];
  },
  perform: async (subject, values, mode, io) => {
    const { merge } = await import("../../operations/merge.js");
    const engine = engineIn(values);
    const replace = values.get("replace") === "yes";
    const writing = await writingOf(values, mode);
    const asked = {
      ...partsOf(subject, values),
      ...(engine === undefined ? {} : { engine }),
      replace,
      writing,
    };
    return writeOutcome(await merge(asked, io));
  },
};

const BASE: Field = {
  id: "base",
  title: "Into (base)",
  kind: "checkpoint",
  required: true,
  empty: "choose the 16-bit checkpoint",
  initial: (subject) => likely(subject, false),
};

const FROM: Field = {
  id: "from",
  title: "Scales from",
  kind: "checkpoint",
  required: true,
  empty: "choose the FP8 checkpoint, or a file of scales",
  initial: (subject) => likely(subject, true),
};

const AS_SOURCE = { value: "", label: "as the source", note: "keeps the spelling of the scales" };

function gives({ report }: Subject): boolean {
  return report.scales.length > 0;
}

function partsOf(subject: Subject, values: Values) {
  return gives(subject)
    ? { base: textIn(values, "base"), from: subject.ref }
    : { base: subject.ref, from: textIn(values, "from") };
}

function nameOf(subject: Subject, above: Values): string {
  const { base } = partsOf(subject, above);
  const local = (base === subject.ref && !subject.onHub) || /^[/.]/.test(base);
  return base === "" ? "" : beside(base, `${stemOf(base)}-KV`, local);
}
