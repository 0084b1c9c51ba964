import type { EngineId } from "../../engines/engine.js";
import { ENGINES } from "../../engines/engines.js";
import { type Field, isOn, type Option, type Subject, type Values } from "./action.js";

/** The engine a result is for: that of the settings, else `first`, until a person chooses. */
export function engineField(
  first: (subject: Subject) => string,
  others: readonly Option[] = [],
  title = "Engine",
): Field {
  const options = [...others, ...ENGINE_OPTIONS];
  const initial = (subject: Subject) => subject.settings.engine ?? first(subject);
  return { id: "engine", title, kind: "choice", options, initial };
}

/** A choice whose values speak for themselves; the first one is what is done by default, and so has no flag. */
export function plainChoice(
  id: string,
  title: string,
  values: readonly string[],
  notes: Readonly<Record<string, string>> = {},
): Field {
  const options = values.map((value) => ({ value, label: value, note: notes[value] ?? "" }));
  return { id, title, kind: "choice", options, initial: () => values[0] ?? "" };
}

/** A file of text that a model is run on. */
export const TEXT_FIELD: Field = {
  id: "text",
  title: "Text",
  kind: "file",
  empty: "a built-in one",
  initial: () => "",
};

/** Where the result is written, named after what it is made of until a person says otherwise. */
export function outputField(name: (subject: Subject, above: Values) => string): Field {
  const initial = (subject: Subject, above: Values) => free(name(subject, above), subject);
  return { id: "output", title: "Write to", kind: "output", required: true, initial };
}

/** The same name, or with a number where it is taken. */
function free(path: string, { taken }: Subject): string {
  const [, stem = path, ending = ""] = /^(.*?)(\.(?:safetensors|json))?$/s.exec(path) ?? [];
  for (let at = 2, name = path; ; at += 1) {
    if (!taken.has(name)) return name;
    name = `${stem}-${at}${ending}`;
  }
}

/** A yes or no, at first no unless `on`. */
export function toggleField(id: string, title: string, note: string, on = false): Field {
  return { id, title, note, kind: "toggle", initial: () => (on ? "yes" : "") };
}

/** The engine that was chosen, where one was. */
export function engineIn(values: Values): EngineId | undefined {
  return ENGINES.find(({ id }) => id === values.get("engine"))?.id;
}

/** A path or name given by a person, without blanks around it, and never an option. */
export function textIn(values: Values, id: string): string {
  return (values.get(id) ?? "").trim().replace(/^-/, "./-");
}

/** `./models/Llama-FP8/` and `org/Llama-FP8@main` to `Llama-FP8`, to name something after it. */
export function stemOf(ref: string): string {
  const last =
    ref
      .replace(/^hf:\/\//, "")
      .replace(/@.*$/, "")
      .replace(/\/+$/, "")
      .split("/")
      .at(-1) ?? "";
  return last.replace(/\.(safetensors|json|txt)$/i, "") || "checkpoint";
}

/** A new place beside a local checkpoint; in the present directory for a name on the Hub, or what may be one. */
export function beside(ref: string, name: string, isLocal = /^[/.]/.test(ref)): string {
  const trimmed = ref.replace(/\/+$/, "");
  const cut = trimmed.lastIndexOf("/");
  return isLocal && cut >= 0 && !/^\.+$/.test(trimmed) ? `${trimmed.slice(0, cut)}/${name}` : `./${name}`;
}

/** `--flag value` for each that has one. */
export function flags(values: Values, pairs: readonly (readonly [id: string, flag: string])[]): string[] {
  return pairs.flatMap(([id, flag]) => {
    const value = textIn(values, id);
    return value === "" ? [] : [flag, value];
  });
}

/** `--flag` for each toggle that is on. */
export function switches(values: Values, pairs: readonly (readonly [id: string, flag: string])[]): string[] {
  return pairs.flatMap(([id, flag]) => (isOn(values, id) ? [flag] : []));
}

const ENGINE_OPTIONS: readonly Option[] = ENGINES.filter(({ emit }) => emit.strip !== true).map(
  ({ id, versions }) => ({ value: id, label: id, note: versions }),
);

/** The neighbour that is most likely of the wanted sort: names say which checkpoints hold scales. */
export function likely({ neighbours }: Subject, withScales: boolean): string {
  return neighbours.find((name) => SCALED.test(stemOf(name)) === withScales) ?? "";
}

const SCALED = /fp8|f8|e4m3|quant|modelopt|quark|-kv\b|w8a8/i;
