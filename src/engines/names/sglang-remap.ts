import type { Parameters } from "./parameters.js";

/**
 * What SGLang calls a checkpoint tensor after its `maybe_remap_kv_scale_name`: a parameter, the name
 * unchanged, or null where it is dropped. It knows k and v only, has no rule for fused projections, and
 * answers for Quark's names without looking whether the parameter exists.
 * Source: SGLang srt/model_loader/weight_utils.py @6ed5780.
 */
export function sglangRemap(name: string, parameters: Parameters): string | null {
  const target = scaleTarget(name);
  if (target !== undefined) return parameters.has(target) ? target : null;
  const quark = QUARK.find(([suffix]) => name.endsWith(suffix));
  return quark ? name.replaceAll(quark[0], quark[1]) : name;
}

function scaleTarget(name: string): string | undefined {
  if (name.endsWith(".kv_scale")) return name.replaceAll(".kv_scale", ".attn.k_scale");
  const letter = /\.([kv])_scale$/.exec(name)?.[1];
  if (letter === undefined) return undefined;
  const scale = `.${letter}_scale`;
  const projection = PROJECTED.map((module) => [`${module}${letter}_proj${scale}`, module] as const).find(
    ([found]) => name.includes(found),
  );
  // Not anchored at the end, as in the source: every occurrence is replaced.
  if (projection) return name.replaceAll(projection[0], `${projection[1]}attn${scale}`);
  return name.replaceAll(scale, `.attn${scale}`);
}

const PROJECTED = [".self_attn.", ".mixer."] as const;

/** The last entry makes a double dot, as SGLang's does: prob_scale never loads there. */
const QUARK: readonly (readonly [suffix: string, target: string])[] = [
  [".q_proj.output_scale", ".attn.q_scale"],
  [".k_proj.output_scale", ".attn.k_scale"],
  [".v_proj.output_scale", ".attn.v_scale"],
  ["self_attn.prob_output_scale", ".attn.prob_scale"],
];
