import { BACKEND_CHOICES } from "../../backend/backend.js";
import type { Action, Field } from "./action.js";
import { flags } from "./fields.js";

/** What an 8-bit cache with these scales costs in accuracy. */
export const VERIFY: Action = {
  id: "verify",
  title: "Verify",
  summary: () => "run an FP8 cache with these scales and see what it costs",
  unavailable: ({ report }) => (report.scales.length === 0 ? "there are no scales to verify" : undefined),
  fields: () => [BACKEND, SCALES],
  planned: false,
  words: ({ ref }, values) => [
    ...["verify", ref],
    ...flags(values, [["scales", "--scales"]]),
    ...(values.get("backend") === "auto" ? [] : flags(values, [["backend", "--backend"]])),
  ],
  perform: async ({ ref }, values, _mode, io) => {
    const { verify } = await import("../../operations/verify.js");
    const { verifyText } = await import("../../report/verify-text.js");
    const backend = BACKEND_CHOICES.find((choice) => choice === values.get("backend")) ?? "auto";
    const scales = values.get("scales") ?? "";
    const report = await verify({ ref, backend, ...(scales === "" ? {} : { scales }) }, io);
    return {
      text: (view) => verifyText(report, view, false),
      ok: report.ok,
      target: undefined,
      launch: [],
      bytes: 0,
    };
  },
};

const NOTES: Readonly<Record<string, string>> = {
  auto: "the fastest that this machine has",
  reference: "TypeScript, float64",
  cpu: "native, SIMD",
  cuda: "native, GPU",
};

const BACKEND: Field = {
  id: "backend",
  title: "Run on",
  kind: "choice",
  options: BACKEND_CHOICES.map((value) => ({ value, label: value, note: NOTES[value] ?? "" })),
  initial: () => "auto",
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
