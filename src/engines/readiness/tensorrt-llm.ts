import { isObject, type Json, type JsonObject, lookup } from "../../document/json.js";
import { stripCommand } from "../launch.js";
import type { Readiness } from "../verdict.js";
import { refuse, settle } from "./outcome.js";
import { outcomeOn, unitOutcome, unusedOf } from "./pair.js";
import type { View } from "./view.js";

/** What TensorRT-LLM's PyTorch backend does: stored scales serve an NVFP4 cache, an FP8 cache runs at 1.0. */
export function judgeTensorrtLlm(view: View): Readiness {
  const { block } = view.settings;
  const fault =
    view.inventory.weights.method === "compressed-tensors" && block ? blockFault(block) : undefined;
  if (fault !== undefined) return refuse(view, fault, { remedies: withoutBlock(view) });
  return isNvfp4(view) ? onNvfp4(view) : atUnit(view);
}

/** A block that declares a cache and no weights can go; that of quantised weights has to stay. */
function withoutBlock({ inventory }: View): readonly string[] {
  return inventory.weights.kvOnly ? [stripCommand(inventory.label)] : [];
}

function atUnit(view: View): Readiness {
  return settle(view, view.sites.map(unitOutcome), {
    unread: unusedOf(view, new Set(), () => FP8_AT_ONE),
    ...(view.candidates.length > 0 ? { because: FP8_AT_ONE } : {}),
    convertible: false,
  });
}

const FP8_AT_ONE = "stored scales serve an NVFP4 cache only, never an FP8 one";

function isNvfp4({ inventory }: View): boolean {
  return inventory.declarations.some(
    ({ dialect, cache }) => dialect.startsWith("modelopt") && cache === "nvfp4",
  );
}

function onNvfp4(view: View): Readiness {
  const used = new Set(view.candidates.filter(({ spelling }) => spelling === "modelopt"));
  const outcomes = view.sites.map((site) => {
    const k = view.byName.get(`${site.path}.k_proj.k_scale`);
    const v = view.byName.get(`${site.path}.v_proj.v_scale`);
    return k && v ? outcomeOn(site, k, v, { by: 1 }) : unitOutcome(site);
  });
  return settle(view, outcomes, {
    unread: unusedOf(view, used, () => "only k_proj.k_scale and v_proj.v_scale are read"),
    note: "for its NVFP4 cache",
  });
}

/** Source: TensorRT-LLM models/quant_config_utils.py @21156a7. */
function blockFault(block: JsonObject): string | undefined {
  const groups = block.get("config_groups");
  if (!isObject(groups) || groups.size === 0)
    return "config_groups of the compressed-tensors block is missing or empty (ValueError)";
  const scheme = block.get("kv_cache_scheme");
  if (isObject(scheme) && (scheme.get("num_bits") !== 8 || scheme.get("type") !== "float"))
    return "kv_cache_scheme is not of 8-bit floats (ValueError)";
  return [...groups.values()].some(isTensorFp8)
    ? "FP8 weights with one scale per tensor or group are not supported (ValueError)"
    : undefined;
}

function isTensorFp8(group: Json): boolean {
  const strategy = lookup(group, ["weights", "strategy"]);
  return lookup(group, ["weights", "num_bits"]) === 8 && strategy !== "channel" && strategy !== "block";
}
