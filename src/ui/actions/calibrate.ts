import { GRANULARITIES } from "../../calibration/choose.js";
import { METHODS } from "../../operations/calibrate-input.js";
import type { Action, Field, Values } from "./action.js";
import { beside, engineField, engineIn, flags, outputField, stemOf, textIn } from "./fields.js";
import { WRITING_FIELDS, writingOf, writingWords } from "./writing.js";

/** Scales computed by running the model on text. No plan first: it would have to run the model for one, too. */
export const CALIBRATE: Action = {
  id: "calibrate",
  title: "Calibrate",
  summary: () => "compute scales by running the model on text",
  unavailable: ({ report }) => (report.scales.length > 0 ? "there are scales already" : undefined),
  fields: ({ ref, onHub }) => [
    engineField(() => "vllm", [NO_ENGINE]),
    choice("method", "Method", METHODS),
    choice("granularity", "One scale per", GRANULARITIES),
    outputField(() => beside(ref, `${stemOf(ref)}-KV`, !onHub)),
    ...WRITING_FIELDS,
  ],
  planned: false,
  words: ({ ref }, values) => ["calibrate", ref, ...flags(values, FLAGS), ...writingWords(values)],
  perform: async ({ ref }, values, _mode, io) => {
    const { calibrate } = await import("../../operations/calibrate.js");
    const { calibrateText } = await import("../../report/calibrate-text.js");
    await writingOf(values, "plan");
    const writing = await writingOf(values, "run");
    const report = await calibrate({ ref, ...choicesOf(values), writing }, io);
    const { checkpoint } = report;
    return {
      text: (view) => calibrateText(report, view),
      ok: true,
      target: checkpoint?.target,
      launch: (checkpoint?.result.readiness ?? []).flatMap(({ verdict, launch }) =>
        verdict === "loads" && launch !== undefined ? [launch] : [],
      ),
      bytes: 0,
    };
  },
};

const NO_ENGINE = { value: "", label: "none", note: "the usual spelling" };

const FLAGS = [
  ["engine", "--engine"],
  ["method", "--method"],
  ["granularity", "--granularity"],
] as const;

/** A choice whose options speak for themselves; the first one is the default. */
function choice(id: string, title: string, values: readonly string[]): Field {
  const options = values.map((value) => ({ value, label: value, note: "" }));
  return { id, title, kind: "choice", options, initial: () => values[0] ?? "" };
}

function choicesOf(values: Values) {
  const engine = engineIn(values);
  return {
    method: METHODS.find((method) => method === textIn(values, "method")) ?? METHODS[0],
    granularity: GRANULARITIES.find((per) => per === textIn(values, "granularity")) ?? GRANULARITIES[0],
    ...(engine === undefined ? {} : { engine }),
  };
}
