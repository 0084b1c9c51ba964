import { BACKEND_CHOICES } from "../../backend/backend.js";
import { GRANULARITIES } from "../../calibration/choose.js";
import type { Io } from "../../events.js";
import { type CalibrateInput, METHODS } from "../../operations/calibrate-input.js";
import { localDeps } from "../../operations/deps.js";
import { type Action, isOn, type Mode, type Outcome, type Values } from "./action.js";
import {
  beside,
  engineField,
  engineIn,
  flags,
  outputField,
  plainChoice,
  stemOf,
  switches,
  TEXT_FIELD,
  textIn,
  toggleField,
} from "./fields.js";
import { backendIn, backendWords } from "./verify.js";
import { WRITING_FIELDS, writingOf, writingWords } from "./writing.js";

/** Scales computed by running the model on text. The plan runs it; what is written then rests on the same run. */
export const CALIBRATE: Action = {
  id: "calibrate",
  title: "Calibrate",
  summary: ({ report }) =>
    report.scales.length > 0
      ? "compute new scales by running the model on text"
      : "compute scales by running the model on text",
  unavailable: () => undefined,
  fields: ({ ref, onHub, report, settings }) => [
    {
      ...TEXT_FIELD,
      ...{ title: "Text to run it on", initial: () => settings.text ?? "" },
      ...(settings.tokens === undefined ? {} : { empty: settings.tokens }),
    },
    engineField(() => "vllm", settings.engine === undefined ? [NO_ENGINE] : []),
    plainChoice("method", "Method", METHODS, METHOD_NOTES),
    plainChoice("granularity", "One scale per", GRANULARITIES, GRANULARITY_NOTES),
    outputField(() => beside(ref, `${stemOf(ref)}-KV`, !onHub)),
    ...(report.scales.length > 0 ? [REPLACE] : []),
    {
      ...plainChoice("backend", "Run on", BACKEND_CHOICES),
      initial: () => settings.backend ?? "auto",
    },
    ...WRITING_FIELDS,
  ],
  planned: true,
  dryRun: true,
  words: ({ ref, settings }, values) => [
    ...["calibrate", ref],
    ...flags(values, [
      ["text", "--text"],
      ["engine", "--engine"],
    ]),
    ...(values.get("method") === METHODS[0] ? [] : flags(values, [["method", "--method"]])),
    ...(values.get("granularity") === GRANULARITIES[0]
      ? []
      : flags(values, [["granularity", "--granularity"]])),
    ...backendWords(values, settings.backend !== undefined),
    ...writingWords(values, settings),
    ...switches(values, [["replace", "--replace"]]),
  ],
  perform: async ({ ref, settings }, values, mode, io) => {
    const { tokens = "" } = settings;
    const text = textIn(values, "text");
    const input = {
      ...{ ref, ...choicesOf(values), writing: await writingOf(values, mode) },
      // What is not chosen is taken from the settings, as the command does.
      ...given("text", text || (settings.text ?? "")),
      ...given("tokens", text === "" ? tokens : ""),
    };
    return calibrated(input, values, mode, io);
  },
};

/** Statistics of the runs that were looked at, by the choices they were made under. */
const STATISTICS = new WeakMap<Values, string>();

/** A name for statistics that are kept in memory. */
const KEPT = "the statistics of this plan";

/** A search looks at the values themselves, which nobody can keep: then the model runs again to write. */
async function calibrated(input: CalibrateInput, values: Values, mode: Mode, io: Io): Promise<Outcome> {
  const { calibrate } = await import("../../operations/calibrate.js");
  const { calibrateText } = await import("../../report/calibrate-text.js");
  const known = mode === "run" ? STATISTICS.get(values) : undefined;
  const keeps = mode === "plan" && input.method !== "mse";
  const how = known !== undefined ? { fromStats: [KEPT] } : keeps ? { stats: KEPT } : {};
  const report = await calibrate({ ...input, ...how }, io, {
    ...localDeps,
    checkFile: async () => {},
    readText: (path, signal) =>
      path === KEPT && known !== undefined ? Promise.resolve(known) : localDeps.readText(path, signal),
    writeFile: async (_path, bytes) => void STATISTICS.set(values, new TextDecoder().decode(bytes)),
  });
  const { checkpoint } = report;
  return {
    text: (view) => calibrateText({ ...report, stats: null }, view),
    ok: true,
    target: checkpoint?.target,
    launch: (checkpoint?.result.readiness ?? []).flatMap(({ verdict, launch }) =>
      verdict === "loads" && launch !== undefined ? [launch] : [],
    ),
    bytes: (checkpoint?.steps ?? []).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const NO_ENGINE = { value: "", label: "none", note: "the usual spelling" };

const METHOD_NOTES = {
  max: "every value fits",
  percentile: "all but the largest 0.01 % fit",
  mse: "the smallest error",
};

const GRANULARITY_NOTES = { tensor: "layer", head: "KV head" };

const REPLACE = {
  ...toggleField("replace", "Replace scales", "those that are there give way (--replace)"),
  initial: () => "yes",
};

function given(name: "text" | "tokens", path: string) {
  return path === "" ? {} : { [name]: path };
}

function choicesOf(values: Values) {
  const engine = engineIn(values);
  return {
    backend: backendIn(values),
    method: METHODS.find((method) => method === textIn(values, "method")) ?? METHODS[0],
    granularity: GRANULARITIES.find((per) => per === textIn(values, "granularity")) ?? GRANULARITIES[0],
    replace: isOn(values, "replace"),
    ...(engine === undefined ? {} : { engine }),
  };
}
