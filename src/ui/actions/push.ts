import type { Action } from "./action.js";
import { isOn } from "./action.js";
import { PUSH_SWITCHES, pushingOf, REPOSITORY } from "./destination.js";
import { switches, textIn, toggleField } from "./fields.js";

/** The checkpoint on the Hub: what differs, in one commit. */
export const PUSH: Action = {
  id: "push",
  title: "Push",
  summary: () => "upload to the Hub what differs, in one commit",
  unavailable: () => undefined,
  fields: ({ ref, onHub }) => [
    { ...REPOSITORY, initial: () => (onHub ? ref.replace(/^hf:\/\//, "").replace(/@.*$/s, "") : "") },
    toggleField("pr", "Pull request", "instead of changing the branch (--pr)", onHub),
    toggleField("create", "Create", "make the repository where there is none (--create)", !onHub),
    toggleField("private", "Private", "where it is made (--private)"),
  ],
  planned: true,
  dryRun: true,
  words: ({ ref }, values) => [
    ...["push", ref, textIn(values, "repository")],
    ...switches(values, [...PUSH_SWITCHES, ["create", "--create"]]),
  ],
  perform: async ({ ref }, values, mode, io) => {
    const { push } = await import("../../operations/push.js");
    const { pushText } = await import("../../report/push-text.js");
    const report = await push({ ref, pushing: await pushingOf(values, mode, isOn(values, "create")) }, io);
    return {
      text: (view) => pushText(report, mode === "plan", view),
      ok: true,
      target: undefined,
      launch: [],
      bytes: report.push.requests.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  },
};
