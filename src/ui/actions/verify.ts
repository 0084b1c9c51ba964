import { BACKEND_CHOICES } from "../../backend/backend.js";
import { COMPARISONS } from "../../runner/candidates.js";
import type { Action, Field, Values } from "./action.js";
import { flags, plainChoice, TEXT_FIELD, textIn } from "./fields.js";

/** What an 8-bit cache with these scales costs in accuracy. */
export const VERIFY: Action = {
  id: "verify",
  title: "Verify",
  summary: () => "run an FP8 cache with these scales and see what it costs",
  unavailable: ({ report }) => (report.scales.length === 0 ? "there are no scales to verify" : undefined),
  fields: ({ settings }) => [
    SCALES,
    { ...TEXT_FIELD, title: "Text to run it on" },
    COMPARE,
    {
      ...plainChoice("backend", "Run on", BACKEND_CHOICES, NOTES),
      initial: () => settings.backend ?? "auto",
    },
  ],
  planned: false,
  dryRun: false,
  words: ({ ref, settings }, values) => [
    ...["verify", ref],
    ...flags(values, [
      ["scales", "--scales"],
      ["text", "--text"],
    ]),
    ...(values.get("compare") === "all" ? ["--compare"] : []),
    ...backendWords(values, settings.backend !== undefined),
  ],
  perform: async ({ ref, settings }, values, _mode, io) => {
    const { verify } = await import("../../operations/verify.js");
    const { verifyText } = await import("../../report/verify-text.js");
    const { thresholds = {}, modelThresholds = {} } = settings;
    const report = await verify({ ref, thresholds, modelThresholds, ...choicesOf(values) }, io);
    return {
      text: (view) => verifyText(report, view, false),
      ok: report.ok,
      target: undefined,
      launch: [],
      bytes: 0,
    };
  },
};

/** `--backend`, where it is not what would be done anyway. */
export function backendWords(values: Values, isSet: boolean): string[] {
  return values.get("backend") === "auto" && !isSet ? [] : flags(values, [["backend", "--backend"]]);
}

/** Where the kernel or the model runs. */
export function backendIn(values: Values) {
  return BACKEND_CHOICES.find((choice) => choice === values.get("backend")) ?? "auto";
}

function choicesOf(values: Values) {
  const [scales, text] = [textIn(values, "scales"), textIn(values, "text")];
  return {
    backend: backendIn(values),
    ...(scales === "" ? {} : { scales }),
    ...(text === "" ? {} : { text }),
    ...(values.get("compare") === "all" ? { compare: COMPARISONS } : {}),
  };
}

const NOTES: Readonly<Record<string, string>> = {
  auto: "the fastest that this machine has",
  reference: "TypeScript, float64",
  cpu: "native, SIMD",
  cuda: "native, GPU",
};

const COMPARE: Field = {
  id: "compare",
  title: "Compare with",
  kind: "choice",
  options: [
    { value: "", label: "nothing", note: "" },
    {
      value: "all",
      label: "all other caches",
      note: "in the same pass: 1.0, recalibrated, per head, e5m2 …",
    },
  ],
  initial: () => "",
};

const SCALES: Field = {
  id: "scales",
  title: "Scales to judge",
  kind: "choice",
  options: [
    { value: "", label: "its own", note: "as stored in the checkpoint" },
    { value: "unit", label: "1.0 everywhere", note: "what an engine does that finds none" },
  ],
  initial: () => "",
};
