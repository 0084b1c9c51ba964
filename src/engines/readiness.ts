import type { Inventory } from "../inventory/inventory.js";
import type { EngineId } from "./engine.js";
import { engineOf } from "./engines.js";
import { judgeLlamaCpp } from "./readiness/llama-cpp.js";
import { judgeLorax } from "./readiness/lorax.js";
import { judgeMistralrs } from "./readiness/mistralrs.js";
import { refuse, settle } from "./readiness/outcome.js";
import { unitOutcome } from "./readiness/pair.js";
import { judgeSglang } from "./readiness/sglang.js";
import { judgeKsanallm, judgeLightllm } from "./readiness/sidecar-readers.js";
import { judgeTensorrtLlm } from "./readiness/tensorrt-llm.js";
import { judgeTgi } from "./readiness/tgi.js";
import { judgeTgi2028 } from "./readiness/tgi-2028.js";
import { judgeTransformers } from "./readiness/transformers.js";
import { type View, viewOf } from "./readiness/view.js";
import { judgeVllm } from "./readiness/vllm.js";
import type { Platform, Readiness } from "./verdict.js";

export type { Effective, Platform, Readiness, Unread, Verdict } from "./verdict.js";

/** Where the engine runs; CUDA where nothing is said. */
export interface ReadinessOptions {
  readonly platform?: Platform;
}

/**
 * What an engine will do with a checkpoint: loads its scales (and which), ignores them, refuses to start, or
 * runs at 1.0; why; and the command that serves it. Throws a data Refusal for configs that are no JSON.
 */
export function readiness(
  engine: EngineId,
  inventory: Inventory,
  { platform = "cuda" }: ReadinessOptions = {},
): Readiness {
  const view = viewOf(engineOf(engine), inventory, platform);
  return e5m2(view) ?? JUDGES[engine](view);
}

const JUDGES: Readonly<Record<EngineId, (view: View) => Readiness>> = {
  tgi: judgeTgi,
  "tgi-2028": judgeTgi2028,
  vllm: judgeVllm,
  "vllm-legacy": judgeVllm,
  sglang: judgeSglang,
  "sglang-legacy": judgeSglang,
  "tensorrt-llm": judgeTensorrtLlm,
  transformers: judgeTransformers,
  lightllm: judgeLightllm,
  ksanallm: judgeKsanallm,
  mistralrs: judgeMistralrs,
  lorax: judgeLorax,
  "llama.cpp": judgeLlamaCpp,
};

/** No engine scales an e5m2 cache; some refuse to start one with scales. */
function e5m2(view: View): Readiness | undefined {
  const { table } = view.inventory;
  if (table.format !== "float8_e5m2" || table.entries.length === 0 || view.engine.emit.strip)
    return undefined;
  const why = `the scales are for e5m2: ${view.engine.e5m2}`;
  if (REFUSES_E5M2.has(view.engine.id)) return refuse(view, why);
  return settle(view, view.sites.map(unitOutcome), { because: why, convertible: false });
}

const REFUSES_E5M2: ReadonlySet<EngineId> = new Set<EngineId>(["vllm", "vllm-legacy", "tgi-2028"]);
