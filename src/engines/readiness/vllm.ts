import type { Site } from "../../scales/site.js";
import { familiesOf } from "../families.js";
import { commandLine, convertCommand, stripCommand } from "../launch.js";
import type { Readiness } from "../verdict.js";
import { listed, shown } from "../words.js";
import { bySentinel } from "./by-sentinel.js";
import { factorOf, scaled } from "./factor.js";
import { type Outcome, refuse, settle } from "./outcome.js";
import { type Filled, filledBy, fillOf, isLatent, slotsOf } from "./slots.js";
import { badNumber, countOf, numbersIn } from "./values.js";
import type { Candidate, View } from "./view.js";
import { configFault, hasMistralScales, type Method, methodOf } from "./vllm-method.js";
import { type Routing, route } from "./vllm-names.js";

/** What vLLM does with a checkpoint, before or since the loader of June 2026. */
export function judgeVllm(view: View): Readiness {
  const method = methodOf(view);
  const fault = configFault(view) ?? familyFault(view, method);
  if (fault !== undefined) return refuse(view, fault);
  const routing = route(
    view,
    method,
    slotsOf(view, (path) => innerOf(view, method, path), NAMES[method.kind]),
  );
  if (routing.stops !== undefined) return stopped(view, method, routing);
  const misshapen = routing.fills.find(({ candidate }) => !fits(view, candidate));
  if (misshapen) return refuse(view, shapeFault(view, misshapen.candidate));
  return concluded(view, method, routing);
}

const SCALES = ["q_scale", "k_scale", "v_scale"];
const NAMES: Readonly<Record<Method["kind"], readonly string[]>> = {
  sentinel: [...SCALES, "prob_scale"],
  "compressed-tensors": [...SCALES, "q_zero_point", "k_zero_point", "v_zero_point"],
  none: [],
  unquantised: [],
};

function familyFault({ engine, inventory }: View, { kind }: Method): string | undefined {
  if (kind === "unquantised") return undefined;
  return familiesOf(engine.id, inventory.geometry).find(({ effect }) => effect === "refuses")?.why;
}

/** Source: get_quant_method of the configs @017e9f4: only ModelOpt's answers for latent attention. */
function innerOf(view: View, method: Method, path: string): string | undefined {
  if (!isLatent(view, path)) return "attn";
  return method.latent ? "mla_attn.mla_attn" : undefined;
}

function stopped(view: View, { kind }: Method, { stops }: Routing): Readiness {
  const where = kind === "unquantised" ? "a checkpoint without quantization_config" : "this checkpoint";
  const names = view.candidates.map(({ name }) => name);
  return refuse(view, `the scales of ${where} stop the loader (${listed(names)}): ${stops}`, {
    remedies: [convertCommand(view.engine, view.inventory.label), stripCommand(view.inventory.label)],
  });
}

/** Per head only under strategy attn_head, where one number is spread over all heads. */
function fits({ inventory, settings }: View, candidate: Candidate): boolean {
  const numbers = countOf(candidate);
  if (numbers === 1) return true;
  if (strategyOf(inventory) !== "attn_head") return false;
  const heads = candidate.role === "q" ? inventory.geometry.queryHeads : inventory.geometry.kvHeads;
  // The number of heads reaches the loader only through a block with config_groups.
  return (settings.block?.has("config_groups") ?? false) && (heads === undefined || heads === numbers);
}

function strategyOf({ declarations }: View["inventory"]): string | undefined {
  return declarations.find(({ dialect }) => dialect === "compressed-tensors")?.strategy;
}

function shapeFault({ inventory }: View, { name, shape }: Candidate): string {
  const wanted = strategyOf(inventory) === "attn_head" ? "one number per KV head" : "one number";
  return `${shown(name)} has shape [${shape.join(", ")}] where ${wanted} is expected`;
}

function concluded(view: View, method: Method, { fills, unread }: Routing): Readiness {
  const auto = view.switchedOnBy;
  const filled = filledBy(fills);
  const layer = method.kind === "compressed-tensors" ? byDefaultOne : bySentinel;
  return settle(
    view,
    view.sites.map((site) => layer(view, filled, site)),
    {
      unread,
      note:
        auto === undefined
          ? "ask for the FP8 cache with --kv-cache-dtype fp8"
          : `${auto} switches the FP8 cache on`,
      launch: commandLine(launchTemplate(view, auto), view.inventory.label),
      convertible: isConvertible(view, method),
    },
  );
}

/** False where the weights, the model or the GPU decide, which no conversion of scales changes. */
function isConvertible(view: View, { kind }: Method): boolean {
  const { engine, inventory, platform, sites } = view;
  if (kind === "none" || (kind === "compressed-tensors" && platform === "rocm-fnuz")) return false;
  if (sites.some(({ path }) => isLatent(view, path))) return false;
  return familiesOf(engine.id, inventory.geometry).every(({ spellings }) => spellings !== undefined);
}

/** Source: vLLM compressed_tensors.py CompressedTensorsKVCacheMethod @017e9f4: 1.0 unless loaded, no checks. */
function byDefaultOne(view: View, filled: Filled, site: Site): Outcome {
  const k = fillOf(filled, site, "k_scale");
  const v = fillOf(filled, site, "v_scale");
  if (!k && !v) return { site, state: "unit", k: 1, v: 1 };
  const { by, note } = factorOf(view, false);
  const told = halfNote(k, v) ?? badNumber(numbersIn(k), numbersIn(v)) ?? note;
  const values = { k: k ? (scaled(numbersIn(k), by) ?? 1) : 1, v: v ? (scaled(numbersIn(v), by) ?? 1) : 1 };
  return {
    site,
    ...values,
    ...(told === undefined ? { state: "stored" } : { state: "altered", note: told }),
  };
}

function halfNote(k: Candidate | undefined, v: Candidate | undefined): string | undefined {
  if (k?.role === "kv" && !v) return "kv_scale fills k only under compressed-tensors, v runs at 1.0";
  if (!k) return "k_scale is missing, k runs at 1.0";
  return v ? undefined : "v_scale is missing, v runs at 1.0";
}

function launchTemplate({ inventory }: View, auto: string | undefined): string {
  const flag = auto === undefined ? " --kv-cache-dtype fp8" : "";
  const format = hasMistralScales(inventory.evidence)
    ? " --config-format mistral --load-format mistral --tokenizer-mode mistral"
    : "";
  return `vllm serve DIR${flag}${format}`;
}
