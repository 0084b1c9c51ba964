import type { InspectReport } from "../../operations/inspect.js";
import type { VerifiedLayer, VerifyReport } from "../../operations/verify.js";
import { columnOf } from "./layers.js";
import type { Section } from "./page.js";
import type { Series } from "./plot.js";

/** Whether the scales that were judged are those of the checkpoint, which its own section shows. */
export function ownScales(
  { layers }: Pick<VerifyReport, "layers">,
  checkpoint: InspectReport | undefined,
): boolean {
  return layers.every(({ site, k, v }) =>
    [k, v].every((scales, at) => {
      const roles = ["kv", at === 0 ? "k" : "v"];
      const own = checkpoint?.scales.find((scale) => scale.site === site && roles.includes(scale.role));
      return scales === null || scales.every((scale, head) => own?.values[head] === scale);
    }),
  );
}

/** The scales that were judged, by layer, where they come from elsewhere; 1.0 everywhere needs no drawing. */
export function judgedSection({ layers }: Pick<VerifyReport, "layers">): Section {
  const title = "Scales that were judged";
  const of = (role: "k" | "v") => layers.map((layer) => largest(layer[role]));
  const all = [...of("k"), ...of("v")];
  if (all.every((scale) => scale === undefined)) return { title, parts: [] };
  if (all.every((scale) => scale === 1))
    return { title, parts: [{ kind: "prose", text: "1.0 for every layer." }] };
  const heads = layers.some(({ k, v }) => (k?.length ?? 0) > 1 || (v?.length ?? 0) > 1);
  const label = `Scale by layer${heads ? ", the largest of its heads" : ""} (logarithmic)`;
  const series: Series[] = [
    { name: "k", mark: "disc", values: of("k") },
    { name: "v", mark: "square", values: of("v") },
  ];
  const columns = layers.map(columnOf);
  return {
    title,
    parts: [{ kind: "plot", label, unit: "", axis: "log", layers: columns, series, limits: [] }],
  };
}

function largest(scales: VerifiedLayer["k"]): number | undefined {
  return scales?.reduce((most, scale) => Math.max(most, scale));
}
