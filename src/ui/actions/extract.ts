import { occupied, statsAt } from "../../checkpoint/disk/target.js";
import { type Deps, localDeps } from "../../operations/deps.js";
import type { ExtractReport } from "../../operations/extract.js";
import type { Action, Outcome, Values } from "./action.js";
import {
  beside,
  engineField,
  engineIn,
  flags,
  outputField,
  stemOf,
  switches,
  textIn,
  toggleField,
} from "./fields.js";

/** The scales alone, in a small file of their own. */
export const EXTRACT: Action = {
  id: "extract",
  title: "Extract",
  summary: () => "write the scales alone to a small file",
  unavailable: ({ report }) => (report.scales.length === 0 ? "there are no scales to extract" : undefined),
  fields: ({ ref, onHub }) => [
    // A setting does not respell what is copied bit for bit.
    { ...engineField(() => "", [AS_FOUND], "Spelled for"), initial: () => "" },
    outputField((_, above) => beside(ref, `${stemOf(ref)}-scales${endingFor(above)}`, !onHub)),
    toggleField("force", "Overwrite", "an existing file gives way (--force)"),
  ],
  planned: true,
  dryRun: false,
  words: ({ ref }, values) => [
    ...["extract", ref],
    ...flags(values, [
      ["output", "-o"],
      ["engine", "--engine"],
    ]),
    ...switches(values, [["force", "--force"]]),
  ],
  perform: async ({ ref }, values, mode, io) => {
    const { extract } = await import("../../operations/extract.js");
    const engine = engineIn(values);
    const out = textIn(values, "output");
    const asked = {
      ref,
      out,
      ...(engine === undefined ? {} : { engine }),
      force: values.get("force") === "yes",
    };
    return outcome(await extract(asked, io, mode === "plan" ? LOOKING : localDeps), mode === "run");
  },
};

const AS_FOUND = { value: "", label: "as found", note: "names, dtypes and bits stay" };

/** Everything is worked out and nothing written; a taken place is told of. */
const LOOKING: Deps = {
  ...localDeps,
  writeFile: async (path, _bytes, { force }) => {
    if (!force && (await statsAt(path, path)) !== undefined) throw occupied(path, "a file");
  },
};

function endingFor(above: Values): string {
  return JSON_READERS.has(above.get("engine") ?? "") ? ".json" : ".safetensors";
}

const JSON_READERS = new Set(["lightllm", "ksanallm"]);

async function outcome(report: ExtractReport, written: boolean): Promise<Outcome> {
  const { extractText } = await import("../../report/extract-text.js");
  const { scaleTable } = await import("../../report/scale-table.js");
  return {
    text: (view) => {
      const told = extractText(report, view);
      const head = written ? told : told.replace(/^Wrote/, "Would write");
      return [head, "", ...scaleTable(report, view)].join("\n");
    },
    ok: true,
    target: report.out?.path,
    launch: [],
    bytes: report.out?.bytes ?? 0,
  };
}
