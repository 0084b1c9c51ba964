import type { HubTarget } from "../../checkpoint/hub/push-target.js";
import { type Action, type Field, isOn, type Mode, type Values } from "./action.js";
import { switches, textIn, toggleField } from "./fields.js";

/** The checkpoint on the Hub: what differs, in one commit. */
export const PUSH: Action = {
  id: "push",
  title: "Push",
  summary: () => "upload to the Hub what differs, in one commit",
  unavailable: () => undefined,
  fields: (subject) => [
    REPOSITORY,
    toggleField("pr", "Pull request", "instead of changing the branch", subject.onHub),
    toggleField("create", "Create", "make the repository where there is none", !subject.onHub),
    toggleField("private", "Private", "where it is made"),
  ],
  planned: true,
  words: ({ ref }, values) => ["push", ref, textIn(values, "repository"), ...switches(values, SWITCHES)],
  perform: async ({ ref }, values, mode, io) => {
    const { push } = await import("../../operations/push.js");
    const { modelCard } = await import("../../report/push-card.js");
    const { pushText } = await import("../../report/push-text.js");
    const report = await push({ ref, pushing: { target: targetOf(values, mode), card: modelCard() } }, io);
    return {
      text: (view) => pushText(report, mode === "plan", view),
      ok: true,
      target: undefined,
      launch: [],
      bytes: report.push.requests.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  },
};

const SWITCHES = [
  ["pr", "--pr"],
  ["create", "--create"],
  ["private", "--private"],
] as const;

const REPOSITORY: Field = {
  id: "repository",
  title: "Repository",
  kind: "text",
  required: true,
  empty: "org/name",
  initial: (subject) => (subject.onHub ? subject.ref.replace(/^hf:\/\//, "").replace(/@.*$/s, "") : ""),
};

/** As the command does it by default; see `withPush`. */
function targetOf(values: Values, mode: Mode): HubTarget {
  return {
    repository: textIn(values, "repository"),
    branch: "main",
    create: isOn(values, "create"),
    private: isOn(values, "private"),
    pullRequest: isOn(values, "pr"),
    message: "Add FP8 KV-cache scales",
    serverCopy: "auto",
    dryRun: mode === "plan",
  };
}
