import { isOneOf, isUnnamed } from "../families.js";
import { TGI_2028_READERS } from "../readers.js";
import type { Readiness } from "../verdict.js";
import { shown } from "../words.js";
import { type Outcome, refuse, settle } from "./outcome.js";
import { onModule, unitOutcome, unusedOf } from "./pair.js";
import { badNumber, numbersIn } from "./values.js";
import type { Candidate, View } from "./view.js";

/** What TGI of PR 2028 does. Source: server/text_generation_server/utils/weights.py @0a5b19a. */
export function judgeTgi2028(view: View): Readiness {
  const found = view.sites.flatMap((site) => onModule(view, site).kv ?? []);
  const hopeless = modelFault(view) ?? weightsFault(view);
  if (hopeless !== undefined) return refuse(view, hopeless, { convertible: false });
  const fault = view.filesRefusal ?? scaleFault(view, found);
  if (fault !== undefined) return refuse(view, fault);
  return settle(
    view,
    view.sites.map((site) => {
      const { kv } = onModule(view, site);
      return kv === undefined ? unitOutcome(site) : outcomeOf(view, site, kv);
    }),
    {
      unread: unusedOf(view, new Set(found), () => "it reads kv_scale of the attention module only"),
      note: "ask for the FP8 cache with --kv-cache-dtype fp8",
    },
  );
}

function modelFault({ inventory: { geometry } }: View): string | undefined {
  if (isUnnamed(geometry) || isOneOf(geometry, TGI_2028_READERS)) return undefined;
  return `it has FP8 caches for ${TGI_2028_READERS.join(" and ")} only, the model is ${shown(geometry.modelType ?? "unnamed")} (ValueError)`;
}

function weightsFault({ inventory: { weights } }: View): string | undefined {
  if (weights.kvOnly || SIXTEEN_BIT.has(weights.method)) return undefined;
  return `it has no loader for ${shown(weights.word ?? weights.method)} weights`;
}

/** AWQ and GPTQ had loaders of their own at that commit. */
const SIXTEEN_BIT: ReadonlySet<string> = new Set(["none", "awq", "gptq"]);

function scaleFault(view: View, found: readonly Candidate[]): string | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const long = found.find(({ shape }) => shape.length > 0);
  if (long)
    return `${shown(long.name)} has shape [${long.shape.join(", ")}] where [] is expected (RuntimeError)`;
  if (declaration(view) !== undefined) return undefined;
  return "the checkpoint has kv_scale, but config.json has no kv_cache_torch_dtype of float8_e4m3fn or float8_e4m3fnuz (RuntimeError)";
}

function declaration({ inventory }: View): string | undefined {
  return inventory.declarations.find(
    ({ dialect, cache }) => dialect === "kv_cache_torch_dtype" && cache.startsWith("float8_e4m3"),
  )?.cache;
}

/** It doubles fn-based scales on any ROCm GPU, and halves fnuz-based ones on CUDA. */
function outcomeOf(view: View, site: Outcome["site"], kv: Candidate): Outcome {
  const fnuz = declaration(view) === "float8_e4m3fnuz";
  const rocm = view.platform.startsWith("rocm");
  const by = rocm && !fnuz ? 2 : view.platform === "cuda" && fnuz ? 0.5 : 1;
  const value = numbersIn(kv);
  if (typeof value !== "number") return { site, state: "stored" };
  const note =
    badNumber(value) ??
    (view.platform === "rocm-ocp" && !fnuz ? "it doubles scales on every ROCm GPU, as for MI300" : undefined);
  const result = { site, k: value * by, v: value * by };
  return note === undefined ? { ...result, state: "stored" } : { ...result, state: "altered", note };
}
