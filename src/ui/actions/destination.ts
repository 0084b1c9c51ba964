import type { HubTarget } from "../../checkpoint/hub/push-target.js";
import type { Pushing } from "../../operations/publish.js";
import { type Field, isOn, type Mode, type Subject, type Values } from "./action.js";
import { outputField, switches, textIn, toggleField } from "./fields.js";

/** A new directory, or a repository of the Hub: where a checkpoint is written, and how. */
export function destinationFields(name: (subject: Subject, above: Values) => string): readonly Field[] {
  return [
    TO,
    { ...outputField(name), shown: isDirectory },
    { ...REPOSITORY, shown: isOnHub },
    { ...toggleField("pr", "Pull request", "instead of changing the branch (--pr)"), shown: isOnHub },
    { ...toggleField("private", "Private", "where the repository is made (--private)"), shown: isOnHub },
  ];
}

/** The repository's name, as it is typed. */
export const REPOSITORY: Field = {
  id: "repository",
  title: "Repository",
  kind: "text",
  required: true,
  empty: "org/name",
  initial: () => "",
};

/** The flags that say the same. */
export function destinationWords(values: Values): string[] {
  if (isDirectory(values)) return ["-o", textIn(values, "output")];
  return ["--push", textIn(values, "repository"), ...switches(values, PUSH_SWITCHES)];
}

/** Toggles of a push that its flags say. */
export const PUSH_SWITCHES = [
  ["pr", "--pr"],
  ["private", "--private"],
] as const;

/** A repository as the command writes it by default; see `pushingOf` of the flags. */
export async function pushingOf(values: Values, mode: Mode, create: HubTarget["create"]): Promise<Pushing> {
  const { modelCard } = await import("../../report/push-card.js");
  const target: HubTarget = {
    repository: textIn(values, "repository"),
    branch: "main",
    create,
    private: isOn(values, "private"),
    pullRequest: isOn(values, "pr"),
    message: "Add FP8 KV-cache scales",
    serverCopy: "auto",
    dryRun: mode === "plan",
  };
  return { target, card: modelCard() };
}

/** True unless the result goes to the Hub. */
export function isDirectory(values: Values): boolean {
  return values.get("to") !== "hub";
}

function isOnHub(values: Values): boolean {
  return !isDirectory(values);
}

const TO: Field = {
  id: "to",
  title: "Result goes to",
  kind: "choice",
  options: [
    { value: "directory", label: "a directory", note: "here, or on another disk" },
    { value: "hub", label: "the Hub", note: "weights that are there do not travel (--push)" },
  ],
  initial: () => "directory",
};
